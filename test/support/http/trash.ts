import type { Response } from 'supertest';
import type { TestedApi } from '../app/tested-api';
import type { Caller } from '../app/tokens';
import type { TaskBody } from './answers';
import { aTask } from './lists';

/** A task that has been deleted, as it was before. */
export async function aDeletedTask(
  app: Pick<TestedApi, 'send'>,
  caller: Caller,
  fields: object = {},
): Promise<TaskBody> {
  const task = await aTask(app, caller, fields);
  const response = await app.send('delete', `/api/${caller.userId}/tasks/${task.id}`, caller);
  if (response.status !== 204) throw new Error(`${response.status} ${response.text}`);
  return task;
}

export async function trashOf(
  app: Pick<TestedApi, 'send'>,
  caller: Caller,
  query: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const parameters = new URLSearchParams(query).toString();
  return await app.send('get', `/api/${caller.userId}/trash?${parameters}`, caller);
}

/** Lets what is in the trash of a user have been deleted so many days earlier. */
export async function age(
  { database }: Pick<TestedApi, 'database'>,
  { userId }: Caller,
  days: number,
): Promise<void> {
  await database.query(
    `update trash set version = version - $2::bigint * 86400000000,
       deleted_at = (deleted_at at time zone 'UTC' - make_interval(days => $2::int)) at time zone 'UTC'
     where user_id = $1`,
    [userId, days],
  );
}

/** Of each row, oldest first: whether it still has its content. */
export async function contentsOf(
  { database }: Pick<TestedApi, 'database'>,
  { userId }: Caller,
): Promise<readonly boolean[]> {
  const rows = await database.query<{ kept: boolean }>(
    'select task is not null as kept from trash where user_id = $1 order by version',
    [userId],
  );
  return rows.map(({ kept }) => kept);
}
