import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createTaskApiClient, TaskApiError, unwrap } from 'task-api-client';
import { startTaskApi, type TaskApi } from './server.js';

const TASKS = '/api/{user_id}/tasks';
const TASK = '/api/{user_id}/tasks/{task_id}';
const MINE = { path: { user_id: 'me' } };

describe('The client, with a running Task API', () => {
  let api: TaskApi;
  before(async () => {
    api = await startTaskApi();
  });
  after(() => api.stop());

  const newClient = async () =>
    createTaskApiClient({ baseUrl: api.url, token: await api.newToken() });

  it('creates, reads, replaces, patches, completes and deletes', async () => {
    const client = await newClient();
    const task = unwrap(await client.POST(TASKS, { params: MINE, body: { title: 'Read' } }));
    const params = { path: { user_id: task.user_id, task_id: task.id } };

    assert.deepEqual(unwrap(await client.GET(TASK, { params })), task);
    const replaced = unwrap(
      await client.PUT(TASK, { params, body: { ...task, title: 'Read twice' } }),
    );
    assert.equal(replaced?.title, 'Read twice');
    const patched = unwrap(await client.PATCH(TASK, { params, body: { description: 'Slowly' } }));
    assert.equal(patched?.description, 'Slowly');
    const toggled = unwrap(await client.PATCH(`${TASK}/complete`, { params }));
    assert.equal(toggled?.completed, true);
    assert.equal(unwrap(await client.DELETE(TASK, { params })), undefined);
    assert.equal((await client.GET(TASK, { params })).response.status, 404);
  });

  it('moves a task, and lists as the tasks are arranged', async () => {
    const client = await newClient();
    const ids: string[] = [];
    for (const title of ['c', 'b', 'a']) {
      const parent = ids[0] ?? null;
      const body = { title, parent_id: title === 'a' ? parent : null };
      ids.push(unwrap(await client.POST(TASKS, { params: MINE, body })).id);
    }
    const [c = '', b = '', a = ''] = ids;
    const titles = async (): Promise<string> => {
      let all = '';
      for await (const { title } of client.tasks({ sort: 'position' })) all += title;
      return all;
    };
    assert.equal(await titles(), 'abc');

    const moved = await client.move(a, { after: b, before: c });

    assert.deepEqual([moved.id, moved.parent_id], [a, c]);
    assert.equal(await titles(), 'bac');
    await client.move(c, { before: b });
    assert.equal(await titles(), 'cba');
    await assert.rejects(client.move(b, { after: a, before: c }), { code: 'move-conflict' });
  });

  it('gives each create a key that the server takes', async () => {
    const client = await newClient();
    const create = () => client.POST(TASKS, { params: MINE, body: { title: 'Twice' } });
    const [first, second] = [unwrap(await create()), unwrap(await create())];
    assert.notEqual(first.id, second.id);
    assert.match(first.id, /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('carries out many writes in few requests', async () => {
    const client = await newClient();
    const titles = Array.from({ length: 101 }, (_, number) => `Task ${number}`);
    const made = await client.bulk(
      titles.map((title) => ({ operation: 'create', task: { title } })),
    );
    const [first] = made;
    assert.deepEqual(
      made.map(({ status, task }) => [status, task?.title]),
      titles.map((title) => [201, title]),
    );

    const results = await client.bulk([
      { operation: 'complete', task_id: first?.task?.id ?? '', if_match: first?.etag ?? '' },
      { operation: 'delete', task_id: '01a20297-4e3d-7c3e-9f60-000000000000' },
    ]);
    assert.deepEqual(
      results.map(({ status, task, problem }) => [status, task?.completed, problem?.code]),
      [
        [200, true, undefined],
        [404, undefined, 'task-not-found'],
      ],
    );
  });

  it('keeps a key that the caller gives, so that a repeat finds the first task', async () => {
    const client = await newClient();
    const made = unwrap(await client.POST(TASKS, { params: MINE, body: { title: 'Once' } }));
    const { data, response } = await client.POST(TASKS, {
      params: { ...MINE, header: { 'Idempotency-Key': made.id } },
      body: { title: 'Once' },
    });
    assert.equal(response.headers.get('Idempotency-Replayed'), 'true');
    assert.deepEqual(data, made);
  });

  it('walks over all pages of a filtered, sorted list', async () => {
    const client = await newClient();
    for (const number of [3, 1, 5, 2, 4]) {
      await client.POST(TASKS, { params: MINE, body: { title: `Milk ${number}` } });
    }
    await client.POST(TASKS, { params: MINE, body: { title: 'Bread' } });

    const titles: string[] = [];
    for await (const { title } of client.tasks({ q: 'milk', sort: 'title', limit: 2 })) {
      titles.push(title);
    }
    assert.deepEqual(titles, ['Milk 1', 'Milk 2', 'Milk 3', 'Milk 4', 'Milk 5']);
  });

  it('throws problems as typed errors', async () => {
    const client = await newClient();
    const list = client.tasks({ limit: 1_000 });
    await assert.rejects(list.next(), (error) => {
      assert.ok(error instanceof TaskApiError);
      assert.equal(error.status, 400);
      assert.equal(error.code, 'validation');
      assert.equal(error.problem?.errors?.[0]?.parameter, 'limit');
      assert.equal(error.requestId, error.response.headers.get('X-Request-Id'));
      return true;
    });
  });

  it('tells a failed precondition, and what is current, by its code', async () => {
    const client = await newClient();
    const made = await client.POST(TASKS, { params: MINE, body: { title: 'Mine' } });
    const task = unwrap(made);
    const etag = made.response.headers.get('ETag') ?? '';
    const { error, response } = await client.PATCH(TASK, {
      params: {
        path: { user_id: 'me', task_id: task.id },
        header: { 'If-Match': '"7"' },
      },
      body: { title: 'Yours' },
    });
    assert.equal(error?.code, 'precondition-failed');
    assert.match(etag, /^"[1-9]\d{15}"$/);
    assert.equal(response.headers.get('ETag'), etag);
  });

  it('sends a tag that a proxy has made weak as the strong one', async () => {
    const client = await newClient();
    const made = await client.POST(TASKS, { params: MINE, body: { title: 'Mine' } });
    const task = unwrap(made);
    const etag = made.response.headers.get('ETag') ?? '';
    const { data, response } = await client.PATCH(TASK, {
      params: {
        path: { user_id: 'me', task_id: task.id },
        header: { 'If-Match': `W/"7", W/${etag}` },
      },
      body: { title: 'Still mine' },
    });
    assert.equal(response.status, 200);
    assert.equal(data?.title, 'Still mine');
  });

  it('asks for the token before each call', async () => {
    const token = await api.newToken();
    const tokens = ['expired', token];
    const client = createTaskApiClient({
      baseUrl: api.url,
      token: () => Promise.resolve(tokens.shift() ?? token),
    });
    assert.equal((await client.GET(TASKS, { params: MINE })).response.status, 401);
    assert.equal((await client.GET(TASKS, { params: MINE })).response.status, 200);
  });
});
