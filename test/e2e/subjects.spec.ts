import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { RecordedLog } from '../support/app/recorded-log';
import { TestApplication } from '../support/app/test-application';
import { type Caller, signToken } from '../support/app/tokens';

const record = new RecordedLog('info');
let api: TestApplication;

beforeAll(async () => {
  api = await TestApplication.start({ LOG_LEVEL: 'info' }, record.log);
});
afterAll(() => api.stop());

/** A UUID of version 4 with letters in it. */
function aSubject(): string {
  return `${randomUUID().slice(0, -2)}af`;
}

async function callerOf(sub: string, claims: object = {}): Promise<Caller> {
  return { userId: 'me', authorization: `Bearer ${await signToken({ sub, ...claims })}` };
}

const warnings = () => record.lines.filter(({ level }) => level === 'warn');

describe('a subject that is a UUID', () => {
  it.each([
    ['in upper case', (sub: string) => sub.toUpperCase()],
    ['with one letter in upper case', (sub: string) => sub.replace(/af$/, 'aF')],
  ])('is another user when it is written %s', async (_, respell) => {
    const sub = aSubject();
    const owner = await callerOf(sub);
    const other = await callerOf(respell(sub));
    const { body: task } = await api
      .send('post', '/api/me/tasks', owner)
      .send({ title: 'Private' })
      .expect(201);

    const { body: listed } = await api.send('get', '/api/me/tasks', other).expect(200);
    expect(listed).toEqual({ items: [], next_cursor: null });
    await api.send('get', `/api/me/tasks/${task.id}`, other).expect(404);
    await api.send('get', `/api/${sub}/tasks`, other).expect(403);
    // As the token writes it, it is the caller's own name, and not that of the owner.
    const { body: own } = await api.send('get', `/api/${respell(sub)}/tasks`, other).expect(200);
    expect(own.items).toEqual([]);
    await api.send('get', `/api/${respell(sub)}/tasks`, owner).expect(200);
  });

  it('warns once of a user whose earlier tasks are under the lower-case id', async () => {
    const sub = aSubject();
    const before = warnings().length;

    for (const jti of ['1', '2']) {
      await api
        .send('get', '/api/me/tasks', await callerOf(sub.toUpperCase(), { jti }))
        .expect(200);
      await api.send('get', '/api/me/tasks', await callerOf(sub, { jti })).expect(200);
    }

    const { body: user } = await api
      .send('post', '/api/users', await callerOf(sub.toUpperCase()))
      .expect(201);
    expect(warnings().slice(before)).toEqual([
      expect.objectContaining({ user_id: user.id, former_user_id: sub }),
    ]);
  });
});

describe('a subject in a path', () => {
  const tasksAt = (path: string) => `/api/${encodeURIComponent(path)}/tasks`;

  it.each([
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'q2mEE3B7CIrqKYoKOOoe6DjwRhcpjAvE',
    'user/with/slashes',
    'user%2Fescaped',
    'per cent % and ünïcödé 🦉',
    '..%2f..',
    'me',
    'x'.repeat(255),
    '𝒳'.repeat(255),
  ])('is the caller, who lists and creates by it: %s', async (sub) => {
    const caller = await callerOf(sub);
    const { body: task, headers } = await api
      .send('post', tasksAt(sub), caller)
      .send({ title: 'By name' })
      .expect(201);
    const { body: page } = await api.send('get', tasksAt(sub), caller).expect(200);

    expect(page.items).toEqual([task]);
    // Answers carry the UUID, which opens the same.
    expect(headers['location']).toBe(`/api/${task.user_id}/tasks/${task.id}`);
    await api.send('get', headers['location'] ?? '', caller).expect(200);
    await api.send('get', tasksAt(task.user_id.toUpperCase()), caller).expect(200);
  });

  it.each([
    ['user/one', 'user%2Fone'],
    ['user%2Fone', 'user/one'],
    ['auth0|1', 'auth0|2'],
    ['me', 'ME'],
    ['Ada', 'ada'],
  ])('of %s is not %s', async (sub, other) => {
    await api.send('get', tasksAt(other), await callerOf(sub)).expect(403);
  });

  it("opens nobody else's tasks, though it is their id", async () => {
    const owner = await callerOf(aSubject());
    const { body: task } = await api
      .send('post', '/api/me/tasks', owner)
      .send({ title: 'Private' })
      .expect(201);
    const { body: thief } = await api
      .send('post', '/api/me/tasks', await callerOf('auth0|thief'))
      .send({ title: 'Bait' })
      .expect(201);

    // The id of a derived user, as somebody's own subject.
    const imitator = await callerOf(thief.user_id);
    const { body: page } = await api.send('get', tasksAt(thief.user_id), imitator).expect(200);
    expect(page.items).toEqual([]);
    await api.send('get', `/api/${task.user_id}/tasks/${task.id}`, imitator).expect(403);
  });
});

describe('a token that is refused', () => {
  it.each([
    ['exp', { exp: 1 }, 'The claim exp of the access token is in the past'],
    ['nbf', { nbf: 4_000_000_000 }, 'The claim nbf of the access token is in the future'],
  ])('has the reason in the log and in the answer: %s', async (_, claims, reason) => {
    const { headers } = await api
      .send('get', '/api/me/tasks', await callerOf(aSubject(), claims))
      .expect(401);

    expect(headers['www-authenticate']).toContain(reason);
    expect(record.of(String(headers['x-request-id']))).toEqual([
      expect.objectContaining({ msg: 'request refused', status: 401, reason }),
    ]);
  });
});
