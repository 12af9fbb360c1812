import assert from 'node:assert/strict';
import { client } from './client/client.gen';
import {
  completeTask,
  createTask,
  getTask,
  listTasks,
  patchTask,
  replaceTask,
} from './client/sdk.gen';
import type { Task } from './client/types.gen';
import { zCreateTask, zTask, zTaskPage } from './client/zod.gen';

const { TASK_API_URL = '', TASK_API_TOKEN = '' } = process.env;
client.setConfig({ baseUrl: TASK_API_URL, auth: TASK_API_TOKEN });
const mine = { user_id: 'me' };

async function main(): Promise<void> {
  const ids: string[] = [];
  for (const title of ['one', 'two', 'three']) {
    const body = zCreateTask.parse({ title });
    const { data } = await createTask({ path: mine, body, throwOnError: true });
    ids.unshift(zTask.parse(data).id);
  }
  const listed: string[] = [];
  let cursor: string | null | undefined;
  do {
    const { data } = await listTasks({
      path: mine,
      query: { limit: 2, sort: '-created_at', ...(cursor ? { cursor } : {}) },
      throwOnError: true,
    });
    listed.push(...zTaskPage.parse(data).items.map(({ id }) => id));
    cursor = data.next_cursor;
  } while (cursor);
  assert.deepEqual(listed, ids);

  const path = { ...mine, task_id: ids[0] ?? '' };
  const got = await getTask({ path, throwOnError: true });
  const task: Task = got.data;
  await patchTask({ path, body: { title: 'patched' }, throwOnError: true });
  await replaceTask({ path, body: task, throwOnError: true });
  const copied = await createTask({ path: mine, body: task, throwOnError: true });
  assert.notEqual(copied.data.id, task.id);
  const toggled = await completeTask({ path, throwOnError: true });
  assert.equal((toggled.data as Task).completed, true);

  const etag = got.response.headers.get('etag') ?? '';
  const stale = await patchTask({
    path,
    body: { completed: false },
    headers: { 'If-Match': etag },
  });
  assert.deepEqual([stale.response?.status, stale.error?.code], [412, 'precondition-failed']);
  const blank = await createTask({ path: mine, body: { title: ' ' } });
  assert.deepEqual(blank.error?.errors?.[0]?.pointer, '/title');
}

void main();
