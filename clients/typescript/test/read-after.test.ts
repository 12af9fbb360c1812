import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTaskApiClient } from 'task-api-client';

const TASKS = '/api/{user_id}/tasks';
const TASK = '/api/{user_id}/tasks/{task_id}';
const MINE = { path: { user_id: 'me' } };
const ONE = { path: { user_id: 'me', task_id: '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d' } };

type Answer = number | 'none' | 'lost' | 'unknown';

/** A server whose answers carry these numbers, in their order. */
function clientOf(...answers: Answer[]) {
  const sent: (string | null)[] = [];
  const client = createTaskApiClient({
    baseUrl: 'http://localhost',
    token: 'any',
    retry: { attempts: 1 },
    fetch: ({ method, headers }) => {
      if (method === 'GET') sent.push(headers.get('X-Read-After'));
      const answer = answers.shift() ?? 'none';
      if (answer === 'lost') return Promise.reject(new TypeError('fetch failed'));
      const status = answer === 'unknown' ? 503 : 200;
      const carried = typeof answer === 'number' ? { 'X-Read-After': String(answer) } : {};
      return Promise.resolve(Response.json({ items: [] }, { status, headers: carried }));
    },
  });
  return { client, sent };
}

describe('A client of a server with read replicas', () => {
  it('reads after the latest of what it has written and read, on whichever way', async () => {
    const { client, sent } = clientOf(5, 9, 7, 12, 12);

    await client.GET(TASKS, { params: MINE });
    await client.DELETE(TASK, { params: ONE });
    await client.GET(TASKS, { params: MINE });
    await client.bulk([{ operation: 'delete', task_id: ONE.path.task_id }]).catch(() => []);
    await client.GET(TASK, { params: ONE });

    assert.deepEqual(sent, [null, '9', '12']);
  });

  for (const answer of ['lost', 'unknown'] as const) {
    it(`reads the newest state after a write whose outcome is unknown (${answer})`, async () => {
      const { client, sent } = clientOf(5, answer, 8, 8);

      await client.GET(TASKS, { params: MINE });
      await client.DELETE(TASK, { params: ONE }).catch(() => undefined);
      await client.GET(TASKS, { params: MINE });
      await client.GET(TASKS, { params: MINE });

      assert.deepEqual(sent, [null, null, '8']);
    });
  }

  it('does not take up again what a read brings that began before such a write', async () => {
    const { client, sent } = clientOf(5, 5, 'lost', 8);

    await client.GET(TASKS, { params: MINE });
    const early = client.GET(TASKS, { params: MINE });
    const write = client.DELETE(TASK, { params: ONE }).catch(() => undefined);
    await Promise.all([write, early]);
    await client.GET(TASKS, { params: MINE });

    assert.equal(sent.at(-1), null);
  });

  it('sends the number that its caller gives, and nothing to a server without replicas', async () => {
    const given = clientOf('none');
    const header = { 'X-Read-After': '3' };
    await given.client.GET(TASKS, { params: { ...MINE, header } });
    assert.deepEqual(given.sent, ['3']);

    const without = clientOf('none', 'none', 'none');
    await without.client.POST(TASKS, { params: MINE, body: { title: 'x' } });
    await without.client.GET(TASKS, { params: MINE });
    assert.deepEqual(without.sent, [null]);
  });
});
