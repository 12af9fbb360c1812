import assert from 'node:assert/strict';
import { QueryClient } from '@tanstack/react-query';
import {
  completeTask,
  createTask,
  getGetTaskQueryOptions,
  getListTasksQueryOptions,
  patchTask,
  replaceTask,
} from './client/query';
import { CreateTaskBody } from './client/zod';

const { TASK_API_TOKEN = '' } = process.env;
const as = (more: Record<string, string> = {}): RequestInit => ({
  headers: {
    Authorization: `Bearer ${TASK_API_TOKEN}`,
    'Content-Type': 'application/json',
    ...more,
  },
});
const queries = new QueryClient();

async function main(): Promise<void> {
  const ids: string[] = [];
  for (const title of ['one', 'two', 'three']) {
    const made = await createTask('me', CreateTaskBody.parse({ title }), as());
    assert.equal(made.status, 201);
    if (made.status === 201) ids.unshift(made.data.id);
  }
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queries.fetchQuery(
      getListTasksQueryOptions('me', { limit: 2, ...(cursor ? { cursor } : {}) }, { fetch: as() }),
    );
    assert.equal(page.status, 200);
    if (page.status !== 200) return;
    listed.push(...page.data.items.map(({ id }) => id));
    cursor = page.data.next_cursor ?? undefined;
  } while (cursor);
  assert.deepEqual(listed, ids);

  const id = ids[0] ?? '';
  const got = await queries.fetchQuery(getGetTaskQueryOptions('me', id, { fetch: as() }));
  assert.equal(got.status, 200);
  if (got.status !== 200) return;
  assert.equal((await patchTask('me', id, { title: 'patched' }, as())).status, 200);
  assert.equal((await replaceTask('me', id, got.data, as())).status, 200);
  assert.equal((await createTask('me', got.data, as())).status, 201);
  const { headers } = as();
  const toggled = await completeTask('me', id, undefined, { headers });
  assert.equal(toggled.status === 200 && toggled.data.completed, true);

  const stale = await patchTask(
    'me',
    id,
    { completed: false },
    as({ 'If-Match': got.headers.get('etag') ?? '' }),
  );
  assert.equal(stale.status === 412 && stale.data.code, 'precondition-failed');
  const blank = await createTask('me', { title: ' ' }, as());
  assert.equal(blank.status === 400 && blank.data.errors?.[0]?.pointer, '/title');
}

void main();
