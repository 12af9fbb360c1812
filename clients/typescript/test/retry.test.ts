import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { createTaskApiClient, unwrap } from 'task-api-client';
import { isRepeatable, retryAfterMs } from '../src/retry.js';
import { type Answer, type BusyServer, startBusyServer } from './server.js';

const TASKS = '/api/{user_id}/tasks';
const COMPLETE = '/api/{user_id}/tasks/{task_id}/complete';
const MINE = { path: { user_id: 'me' } };
const ONE = { path: { user_id: 'me', task_id: '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d' } };

const TOO_MANY: Answer = { status: 429, headers: { 'Retry-After': '0' }, body: {} };
const BUSY: Answer = { status: 503, headers: { 'Retry-After': '1' }, body: {} };
const PAGE: Answer = { status: 200, body: { items: [], next_cursor: null } };

describe('Retries', () => {
  let server: BusyServer;
  afterEach(() => server.stop());

  const clientOf = async (...answers: readonly Answer[]) => {
    server = await startBusyServer(...answers);
    return createTaskApiClient({ baseUrl: server.url, token: 'token', retry: { attempts: 3 } });
  };

  it('ask again after 429 and 503', async () => {
    const client = await clientOf(TOO_MANY, BUSY, PAGE);
    assert.deepEqual(unwrap(await client.GET(TASKS, { params: MINE })).items, []);
    assert.equal(server.requests.length, 3);
  });

  it('end with the last answer when the attempts are used up', async () => {
    const client = await clientOf(TOO_MANY);
    const { response } = await client.GET(TASKS, { params: MINE });
    assert.equal(response.status, 429);
    assert.equal(server.requests.length, 3);
  });

  it('send a create with the same key and the same body', async () => {
    const client = await clientOf(TOO_MANY, TOO_MANY, { status: 201, body: { id: 'x' } });
    await client.POST(TASKS, { params: MINE, body: { title: 'Once' } });
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.deepEqual(new Set(server.bodies), new Set(['{"title":"Once"}']));
  });

  it('are made of a toggle under one key', async () => {
    const client = await clientOf({ status: 503, body: {} }, { status: 200, body: {} });
    await client.PATCH(COMPLETE, { params: ONE });
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    assert.equal(keys.length, 2);
    assert.match(String(keys[0]), /^[\da-f-]{36}$/);
    assert.equal(keys[1], keys[0]);
  });

  it('are made of a completion that says what it sets', async () => {
    const client = await clientOf(TOO_MANY, { status: 204 });
    await client.PATCH(COMPLETE, { params: ONE, body: { completed: true } });
    assert.equal(server.requests.length, 2);
  });

  it('are not made of other failures', async () => {
    const client = await clientOf({ status: 500, body: {} });
    await client.GET(TASKS, { params: MINE });
    assert.equal(server.requests.length, 1);
  });

  it('are not made before the server wants them: a long Retry-After is left to the caller', async () => {
    const client = await clientOf({ status: 503, headers: { 'Retry-After': '3600' }, body: {} });
    const { response } = await client.GET(TASKS, { params: MINE });
    assert.equal(response.headers.get('Retry-After'), '3600');
    assert.equal(server.requests.length, 1);
  });

  it('stop waiting when the caller aborts', async () => {
    const controller = new AbortController();
    const long = { status: 503, headers: { 'Retry-After': '60' }, body: {} };
    server = await startBusyServer(long);
    const client = createTaskApiClient({
      baseUrl: server.url,
      token: 'token',
      fetch: async (request) => {
        const response = await fetch(request);
        setImmediate(() => controller.abort());
        return response;
      },
    });
    const call = client.GET(TASKS, { params: MINE, signal: controller.signal });
    await assert.rejects(call, { name: 'AbortError' });
    assert.equal(server.requests.length, 1);
  });
});

describe('What may be repeated', () => {
  const request = (method: string, path: string, headers: Record<string, string> = {}) =>
    new Request(`http://127.0.0.1${path}`, { method, headers });
  const json = { 'Content-Type': 'application/merge-patch+json' };
  const toggle = '/api/me/tasks/1/complete';

  const table: readonly (readonly [string, Request, boolean])[] = [
    ['GET', request('GET', '/api/me/tasks'), true],
    ['PUT', request('PUT', '/api/me/tasks/1'), true],
    ['DELETE', request('DELETE', '/api/me/tasks/1'), true],
    ['a merge patch', request('PATCH', '/api/me/tasks/1', json), true],
    ['a create with a key', request('POST', '/api/me/tasks', { 'Idempotency-Key': 'k' }), true],
    ['a create without a key', request('POST', '/api/me/tasks'), false],
    ['the own account', request('POST', '/api/users'), true],
    ['a toggle', request('PATCH', toggle), false],
    ['a toggle under a key', request('PATCH', toggle, { 'Idempotency-Key': 'k' }), true],
    ['a toggle of one version', request('PATCH', toggle, { 'If-Match': '"3"' }), true],
    ['a toggle of some versions', request('PATCH', toggle, { 'If-Match': '"3", "4"' }), false],
    ['a toggle of any version', request('PATCH', toggle, { 'If-Match': '*' }), false],
    ['a completion', request('PATCH', toggle, json), true],
  ];
  for (const [name, made, expected] of table) {
    it(`${name}: ${expected ? 'yes' : 'no'}`, () => assert.equal(isRepeatable(made), expected));
  }
});

describe('Retry-After', () => {
  const after = (value: string) =>
    retryAfterMs(
      new Response(null, { headers: { 'Retry-After': value } }),
      Date.UTC(2026, 10, 22, 9, 30),
    );

  it('is read as seconds', () => assert.equal(after('3'), 3_000));
  it('is read as a date', () => assert.equal(after('Sun, 22 Nov 2026 09:30:05 GMT'), 5_000));
  it('is no time in the past', () => assert.equal(after('Sun, 22 Nov 2026 09:00:00 GMT'), 0));
  it('is ignored when it is neither', () => assert.equal(after('soon'), undefined));
});
