import { afterAll, beforeAll, expect } from '@jest/globals';
import { v7 } from 'uuid';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { aCaller, type Caller } from '../support/app/tokens';
import { describeOnEveryMode, ReachedDatabase } from '../support/database/connection-modes';
import { serverLogOf } from '../support/database/server-log';
import { itWith } from '../support/requirements';

/** Method, path, body, headers, and the answer: in turn, by one caller on one task. */
type Step = readonly [string, string, object | undefined, Record<string, string>, number];

const KEY = v7();
const JSON_PATCH = { 'content-type': 'application/merge-patch+json' };
const STEPS: readonly Step[] = [
  ['GET', '/api/users/me', undefined, {}, 404],
  ['POST', '/api/me/tasks', { title: 'the first write makes the account' }, {}, 201],
  ['POST', '/api/me/tasks', { title: 'once' }, { 'Idempotency-Key': KEY }, 201],
  ['POST', '/api/me/tasks', { title: 'once' }, { 'Idempotency-Key': KEY }, 200],
  ['PATCH', `/api/me/tasks/${KEY}`, { title: 'late' }, { ...JSON_PATCH, 'If-Match': '"0"' }, 412],
  ['PATCH', `/api/me/tasks/${KEY}/complete`, undefined, {}, 200],
  ['GET', '/api/me/tasks?q=once&sort=title', undefined, {}, 200],
  ['DELETE', `/api/me/tasks/${KEY}`, undefined, {}, 204],
  ['DELETE', `/api/me/tasks/${KEY}`, undefined, {}, 404],
  ['PATCH', `/api/me/tasks/${KEY}`, { title: 'gone' }, JSON_PATCH, 404],
  ['POST', '/api/users', undefined, {}, 409],
  ['DELETE', '/api/users/me', undefined, {}, 204],
  ['DELETE', '/api/users/me', undefined, {}, 404],
  ['POST', '/api/users', undefined, {}, 409],
  ['PATCH', `/api/me/tasks/${KEY}/complete`, undefined, {}, 404],
];

describeOnEveryMode("PostgreSQL's log", (mode) => {
  let reached: ReachedDatabase;
  let app: ServedApplication;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    app = await serveAt(reached.endpoint, mode.variables);
  });
  afterAll(async () => {
    await app.stop();
    await reached.close();
  });

  const answer = async (caller: Caller, [method, path, body, headers]: Step): Promise<number> => {
    const response = await fetch(app.url + path, {
      method,
      headers: {
        authorization: caller.authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    return response.status;
  };

  itWith('ownServer', 'holds no error and no warning of what is expected', async () => {
    const [holder, caller] = [await verified(), await verified()];
    expect(await answer(holder, ['POST', '/api/users', undefined, {}, 201])).toBe(201);

    const answers: number[] = [];
    for (const step of STEPS) answers.push(await answer(caller, step));

    expect(answers).toEqual(STEPS.map(([, , , , status]) => status));
    const log = await serverLogOf(reached.database);
    expect(log.filter((line) => /WARNING|ERROR|FATAL|PANIC|STATEMENT/.test(line))).toEqual([]);
  });
});

/** Everybody has the same address. */
function verified(): Promise<Caller> {
  return aCaller({ email: 'shared@example.com', email_verified: true });
}
