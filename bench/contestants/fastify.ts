/**
 * Fastify the way its documentation shows it: routes with JSON schemas for bodies and answers, pg's
 * pool, named statements. No authentication, no row-level security (it logs in as a superuser).
 */
import fastify from 'fastify';
import { Pool } from 'pg';
import { v7 } from 'uuid';
import { pageOf, startOf, STATEMENTS, type TaskBody, type TaskRow } from './statements';

const pool = new Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['DATABASE_POOL']),
});

interface OwnTasks {
  readonly user: string;
}
interface OwnTask extends OwnTasks {
  readonly id: string;
}

const fields = {
  title: { type: 'string', minLength: 1, maxLength: 200 },
  description: { type: ['string', 'null'], maxLength: 10_000 },
  completed: { type: 'boolean' },
} as const;
const fullBody = { type: 'object', properties: fields, required: ['title'] } as const;
const task = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    user_id: { type: 'string' },
    title: { type: 'string' },
    description: { type: ['string', 'null'] },
    completed: { type: 'boolean' },
    due: { type: ['string', 'null'] },
    time_zone: { type: ['string', 'null'] },
    recurrence: { type: ['string', 'null'] },
    recurrence_from: { type: 'string' },
    priority: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    parent_id: { type: ['string', 'null'] },
    position: { type: 'string' },
    completed_at: { type: ['string', 'null'], format: 'date-time' },
    created_at: { type: 'string', format: 'date-time' },
    updated_at: { type: 'string', format: 'date-time' },
  },
} as const;
const page = {
  type: 'object',
  properties: {
    items: { type: 'array', items: task },
    next_cursor: { type: ['string', 'null'] },
  },
} as const;
const limit = { type: 'integer', minimum: 1, maximum: 200, default: 50 } as const;
const listQuery = { type: 'object', properties: { limit, cursor: { type: 'string' } } } as const;

async function query(statement: { name: string; text: string }, values: unknown[]) {
  return (await pool.query<TaskRow>({ ...statement, values })).rows;
}

function found([row]: readonly TaskRow[]): TaskRow {
  if (row === undefined) throw Object.assign(new Error('Not found'), { statusCode: 404 });
  return row;
}

const app = fastify({ logger: false });

app.get<{ Params: OwnTasks; Querystring: { limit: number; cursor?: string } }>(
  '/api/:user/tasks',
  { schema: { querystring: listQuery, response: { 200: page } } },
  async ({ params, query: { limit, cursor } }) => {
    const values = [params.user, startOf(cursor), limit + 1];
    return pageOf(await query(STATEMENTS.list, values), limit);
  },
);

app.post<{ Params: OwnTasks; Body: TaskBody }>(
  '/api/:user/tasks',
  { schema: { body: fullBody, response: { 201: task } } },
  async ({ params, body: { title, description = null, completed = false } }, reply) => {
    const id = v7();
    const values = [params.user, id, title, description, completed, new Date()];
    const [created] = await query(STATEMENTS.create, values);
    return reply.code(201).header('Location', `/api/${params.user}/tasks/${id}`).send(created);
  },
);

app.get<{ Params: OwnTask }>(
  '/api/:user/tasks/:id',
  { schema: { response: { 200: task } } },
  async ({ params }) => found(await query(STATEMENTS.get, [params.user, params.id])),
);

app.put<{ Params: OwnTask; Body: TaskBody }>(
  '/api/:user/tasks/:id',
  { schema: { body: fullBody, response: { 200: task } } },
  async ({ params, body: { title, description = null, completed = false } }) => {
    const values = [params.user, params.id, title, description, completed];
    return found(await query(STATEMENTS.replace, values));
  },
);

app.patch<{ Params: OwnTask; Body: Partial<TaskBody> }>(
  '/api/:user/tasks/:id',
  { schema: { body: { type: 'object', properties: fields }, response: { 200: task } } },
  async ({ params: { user, id }, body: { title, description, completed } }) => {
    const values = [user, id, title, description !== undefined, description, completed];
    return found(await query(STATEMENTS.patch, values));
  },
);

app.patch<{ Params: OwnTask }>(
  '/api/:user/tasks/:id/complete',
  { schema: { response: { 200: task } } },
  async ({ params }) => found(await query(STATEMENTS.toggle, [params.user, params.id])),
);

app.delete<{ Params: OwnTask }>('/api/:user/tasks/:id', async ({ params }, reply) => {
  const values = [params.user, params.id];
  const { rowCount } = await pool.query({ ...STATEMENTS.delete, values });
  return reply.code(rowCount === 1 ? 204 : 404).send();
});

app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' }).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
