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
    await api.send('get', `/api/${respell(sub)}/tasks`, other).expect(403);
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
