import type { Response } from 'supertest';
import { newTask } from '../../../src/tasks/task-id';
import type { TaskBody } from './answers';
import type { TestedApi } from '../app/tested-api';
import type { Caller } from '../app/tokens';

export interface Page {
  readonly items: readonly TaskBody[];
  readonly next_cursor: string | null;
}

export type NewTask = { readonly title: string } & Partial<TaskBody>;

/** A stored task, made through the API. */
export async function aTask(
  app: Pick<TestedApi, 'send'>,
  caller: Caller,
  fields: object = {},
): Promise<TaskBody> {
  const response = await app
    .send('post', `/api/${caller.userId}/tasks`, caller)
    .send({ title: 'Task', ...fields });
  if (response.status !== 201) throw new Error(`${response.status} ${response.text}`);
  return response.body as TaskBody;
}

/** The version of a stored task, as its ETag. */
export async function etagOf(
  app: Pick<TestedApi, 'send'>,
  caller: Caller,
  { id }: Pick<TaskBody, 'id'>,
): Promise<string> {
  const { headers } = await app.send('head', `/api/${caller.userId}/tasks/${id}`, caller);
  return String(headers['etag']);
}

/** Tasks with exact times, past the API, in the order of the array; their ids in that order. */
export async function insertTasks(
  app: TestedApi,
  { userId }: Caller,
  tasks: readonly NewTask[],
): Promise<readonly string[]> {
  await app.database.query(
    'insert into users (id, created_at) values ($1, now()) on conflict do nothing',
    [userId],
  );
  const ids: string[] = [];
  for (const { title, description = null, completed = false, ...rest } of tasks) {
    const { due = null, time_zone: zone = null, priority = 0, tags = [], ...times } = rest;
    const id = idAt(times.created_at);
    const createdAt = times.created_at ?? timeOf(id);
    const updatedAt = times.updated_at ?? createdAt;
    await app.database.query(
      `insert into tasks
         (user_id, id, title, description, completed, due, time_zone, priority, tags, version,
          created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11)`,
      [
        userId,
        id,
        title,
        description,
        completed,
        due,
        zone,
        priority,
        JSON.stringify(tags),
        createdAt,
        updatedAt,
      ],
    );
    ids.push(id);
  }
  return ids;
}

/** The pages of a list, one after the other, by `next_cursor`. */
export async function allPages(
  app: TestedApi,
  caller: Caller,
  query: Readonly<Record<string, string>>,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const response = await list(app, caller, {
      ...query,
      ...(cursor !== undefined && { cursor }),
    });
    if (response.status !== 200) throw new Error(`${response.status} ${response.text}`);
    const page = response.body as Page;
    pages.push(page);
    cursor = page.next_cursor;
  }
  return pages;
}

export async function list(
  app: TestedApi,
  caller: Caller,
  query: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return await app.send(
    'get',
    `/api/${caller.userId}/tasks?${new URLSearchParams(query).toString()}`,
    caller,
  );
}

export function titlesIn(response: Response): readonly string[] {
  return (response.body as Page).items.map(({ title }) => title);
}

function idAt(createdAt: string | undefined): string {
  const { id } = newTask();
  if (createdAt === undefined) return id;
  const time = Date.parse(createdAt).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${id.slice(13)}`;
}

function timeOf(id: string): string {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toISOString();
}
