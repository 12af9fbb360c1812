import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './client/schema';

const { TASK_API_URL = '', TASK_API_TOKEN = '' } = process.env;
const api = createClient<paths>({
  baseUrl: TASK_API_URL,
  headers: { Authorization: `Bearer ${TASK_API_TOKEN}` },
});
type Task = components['schemas']['Task'];
const mine = { path: { user_id: 'me' } };

function given<Data>({ data }: { readonly data?: Data }): NonNullable<Data> {
  assert.ok(data);
  return data;
}

async function main(): Promise<void> {
  const ids: string[] = [];
  for (const title of ['one', 'two', 'three']) {
    ids.unshift(
      given(await api.POST('/api/{user_id}/tasks', { params: mine, body: { title } })).id,
    );
  }
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page: components['schemas']['TaskPage'] = given(
      await api.GET('/api/{user_id}/tasks', {
        params: {
          ...mine,
          query: { limit: 2, sort: '-created_at', ...(cursor ? { cursor } : {}) },
        },
      }),
    );
    listed.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  assert.deepEqual(listed, ids);

  const params = { path: { user_id: 'me', task_id: ids[0] ?? '' } };
  const one = '/api/{user_id}/tasks/{task_id}';
  const got = await api.GET(one, { params });
  const task: Task = given(got);
  given(await api.PATCH(one, { params, body: { title: 'patched' } }));
  given(await api.PUT(one, { params, body: task }));
  const copied = given(await api.POST('/api/{user_id}/tasks', { params: mine, body: task }));
  assert.notEqual(copied.id, task.id);
  const toggled = given(await api.PATCH(`${one}/complete`, { params }));
  assert.equal(toggled.completed, true);

  const header = { 'If-Match': got.response.headers.get('etag') ?? '' };
  const stale = await api.PATCH(one, { params: { ...params, header }, body: { completed: false } });
  assert.deepEqual([stale.response.status, stale.error?.code], [412, 'precondition-failed']);
  const blank = await api.POST('/api/{user_id}/tasks', { params: mine, body: { title: ' ' } });
  assert.equal(blank.error?.errors?.[0]?.pointer, '/title');

  const changes = '/api/{user_id}/tasks/changes';
  const { items, next } = given(await api.GET(changes, { params: mine }));
  assert.deepEqual(items.flatMap((item) => ('deleted_at' in item ? [] : [item.title])).sort(), [
    'one',
    'three',
    'three',
    'two',
  ]);
  await api.DELETE(one, { params });
  const later = given(await api.GET(changes, { params: { ...mine, query: { after: next } } }));
  assert.deepEqual(
    later.items.map((item) => 'deleted_at' in item && item.id),
    [task.id],
  );
}

void main();
