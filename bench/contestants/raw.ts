/**
 * The server to beat: node:http, pg's pool, named statements, routing by hand, rows hydrated by pg
 * and written by JSON.stringify. No authentication, no validation, no row-level security (it logs
 * in as a superuser), no ETag, no request id.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'pg';
import { v7 } from 'uuid';
import { pageOf, startOf, STATEMENTS, type TaskBody, type TaskRow } from './statements';

const pool = new Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['DATABASE_POOL']),
});

const PATH = /^\/api\/([^/]+)\/tasks(?:\/([^/?]+)(\/complete)?)?(?:\?(.*))?$/;

async function query(statement: { name: string; text: string }, values: unknown[]) {
  return (await pool.query<TaskRow>({ ...statement, values })).rows;
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, user = '', id, complete, search] = PATH.exec(request.url ?? '') ?? [];
  if (id === undefined) {
    if (request.method === 'GET') await list(response, user, search);
    else if (request.method === 'POST') await create(request, response, user);
    else answer(response, 405);
    return;
  }
  if (complete !== undefined) {
    one(response, await query(STATEMENTS.toggle, [user, id]));
    return;
  }
  switch (request.method) {
    case 'GET':
      one(response, await query(STATEMENTS.get, [user, id]));
      return;
    case 'PUT': {
      const { title, description = null, completed = false } = await body<TaskBody>(request);
      const values = [user, id, title, description, completed];
      one(response, await query(STATEMENTS.replace, values));
      return;
    }
    case 'PATCH': {
      const { title, description, completed } = await body<Partial<TaskBody>>(request);
      const values = [user, id, title, description !== undefined, description, completed];
      one(response, await query(STATEMENTS.patch, values));
      return;
    }
    case 'DELETE': {
      const { rowCount } = await pool.query({ ...STATEMENTS.delete, values: [user, id] });
      answer(response, rowCount === 1 ? 204 : 404);
      return;
    }
    default:
      answer(response, 405);
  }
}

async function list(response: ServerResponse, user: string, search?: string): Promise<void> {
  const parameters = new URLSearchParams(search);
  const limit = Number(parameters.get('limit') ?? 50);
  const values = [user, startOf(parameters.get('cursor')), limit + 1];
  answer(response, 200, pageOf(await query(STATEMENTS.list, values), limit));
}

async function create(
  request: IncomingMessage,
  response: ServerResponse,
  user: string,
): Promise<void> {
  const { title, description = null, completed = false } = await body<TaskBody>(request);
  const id = v7();
  const values = [user, id, title, description, completed, new Date()];
  const [task] = await query(STATEMENTS.create, values);
  response.setHeader('Location', `/api/${user}/tasks/${id}`);
  answer(response, 201, task);
}

function one(response: ServerResponse, [task]: readonly TaskRow[]): void {
  if (task === undefined) answer(response, 404);
  else answer(response, 200, task);
}

function answer(response: ServerResponse, status: number, value?: object): void {
  if (value === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function body<Body>(request: IncomingMessage): Promise<Body> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (text += part));
    request.on('end', () => resolve(JSON.parse(text) as Body));
    request.on('error', reject);
  });
}

createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error(error);
    answer(response, 500);
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
