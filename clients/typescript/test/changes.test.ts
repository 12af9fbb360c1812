import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Change,
  createTaskApiClient,
  isDeleted,
  isExpired,
  type Task,
  type TaskApiClient,
  unwrap,
} from 'task-api-client';
import { startTaskApi, type TaskApi } from './server.js';

const MINE = { path: { user_id: 'me' } };

describe('Changes, with a running Task API', () => {
  let api: TaskApi;
  before(async () => {
    api = await startTaskApi();
  });
  after(() => api.stop());

  const newClient = async () =>
    createTaskApiClient({ baseUrl: api.url, token: await api.newToken() });
  const create = async (client: TaskApiClient, title: string): Promise<Task> =>
    unwrap(await client.POST('/api/{user_id}/tasks', { params: MINE, body: { title } }));
  const remove = (client: TaskApiClient, { id }: Task) =>
    client.DELETE('/api/{user_id}/tasks/{task_id}', {
      params: { path: { user_id: 'me', task_id: id } },
    });
  const complete = async (client: TaskApiClient, { id }: Task): Promise<Task> => {
    const params = { path: { user_id: 'me', task_id: id } };
    const path = '/api/{user_id}/tasks/{task_id}/complete';
    const task = unwrap(await client.PATCH(path, { params, body: { completed: true } }));
    assert.ok(task);
    return task;
  };

  it('are all tasks first, page by page, and then what has changed', async () => {
    const client = await newClient();
    const [one, two, three] = [
      await create(client, 'one'),
      await create(client, 'two'),
      await create(client, 'three'),
    ];
    const tokens: string[] = [];
    const onToken = (token: string): void => void tokens.push(token);

    const first = await collect(client.changes({ limit: 2, onToken }));
    assert.deepEqual(first, [one, two, three]);
    const done = await complete(client, two);
    await remove(client, one);
    const [changed, deleted, ...rest] = await collect(
      client.changes({ after: tokens.at(-1) ?? '', onToken }),
    );

    assert.deepEqual([changed, rest], [done, []]);
    assert.ok(deleted !== undefined && isDeleted(deleted) && deleted.id === one.id);
    const none = await collect(client.changes({ after: tokens.at(-1) ?? '' }));
    assert.deepEqual(none, []);
  });

  it('fail by a name where the server cannot tell any more', async () => {
    const client = await newClient();
    await create(client, 'mine');
    await assert.rejects(collect(client.changes({ after: '1' })), isExpired);
  });

  it('come as they happen to those who follow', async () => {
    const client = await newClient();
    const task = await create(client, 'before');
    const heard: Change[] = [];
    let news = (): void => undefined;
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        news = () => heard.length >= count && resolve();
        news();
      });
    const stop = client.live({
      onChanges: (changes) => {
        heard.push(...changes);
        news();
      },
      onReset: () => undefined,
      onError: (error) => assert.fail(String(error)),
    });
    try {
      await until(1);
      const done = await complete(client, task);
      await until(2);
      await remove(client, task);
      await until(3);

      assert.deepEqual(heard.slice(0, 2), [task, done]);
      assert.ok(heard[2] !== undefined && isDeleted(heard[2]));
    } finally {
      stop();
    }
  });

  it('bring a newer token to those who follow, though nothing has changed', async () => {
    const newer = 'id: 1795835332000123498843271828\nevent: position\ndata: {}\n\n';
    const headers = { 'Content-Type': 'text/event-stream' };
    const client = createTaskApiClient({
      baseUrl: api.url,
      token: await api.newToken(),
      fetch: (request) =>
        request.url.includes('/tasks/events')
          ? Promise.resolve(new Response(newer, { headers }))
          : fetch(request),
    });
    let stop = (): void => undefined;
    const heard = await new Promise<readonly Change[]>((resolve) => {
      stop = client.live({
        onChanges: (changes, token) => {
          if (token === '1795835332000123498843271828') resolve(changes);
        },
        onReset: () => undefined,
        onError: (error) => assert.fail(String(error)),
      });
    });
    stop();
    assert.deepEqual(heard, []);
  });
});

async function collect(changes: AsyncIterable<Change>): Promise<Change[]> {
  const all: Change[] = [];
  for await (const change of changes) all.push(change);
  return all;
}
