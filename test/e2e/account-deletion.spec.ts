import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import type { TaskBody } from '../support/http/answers';
import { atOnce, fast, type FastAnswer, type FastRequest } from '../support/http/fast-requests';
import { aTask, etagOf, type Page } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { describeWith } from '../support/requirements';
import { AccountErasure } from '../support/database/account-erasure';

type Method = Parameters<typeof fast>[2];

const ROUNDS = 25;
const MISSING = '/api/me/tasks/01957000-0000-7000-8000-000000000000';

describe('deleting an account while it is written to', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller({ email: 'gone@example.com', email_verified: true });
  });
  afterAll(() => app.stop());

  const writes = (task: TaskBody, etag: string): (() => Promise<FastAnswer>)[] => {
    const path = `/api/me/tasks/${task.id}`;
    return [
      () => fast(app, caller, 'POST', '/api/me/tasks', { body: { title: 'new' } }),
      () => fast(app, caller, 'PUT', path, { body: { title: 'put' } }),
      () => fast(app, caller, 'PATCH', path, { body: { title: 'patch' }, ifMatch: etag }),
      () => fast(app, caller, 'PATCH', `${path}/complete`),
      () => fast(app, caller, 'POST', '/api/users'),
      () => fast(app, caller, 'GET', '/api/me/tasks'),
      () => fast(app, caller, 'DELETE', path, { ifMatch: etag }),
    ];
  };

  it('never fails, and never shows a task from before', async () => {
    const seen = new Set<number>();

    for (let round = 0; round < ROUNDS; round += 1) {
      const old = await aTask(app, caller, { title: 'old' });
      const work = writes(old, await etagOf(app, caller, old));

      const [deletion, ...answers] = await Promise.all([
        fast(app, caller, 'DELETE', '/api/users/me'),
        ...work.flatMap((write) => [write(), write()]),
      ]);

      expect(deletion.status).toBe(204);
      for (const { status } of answers) seen.add(status);
      const page = (await fast(app, caller, 'GET', '/api/me/tasks?limit=200')).body as Page;
      expect(page.items.map(({ title }) => title)).not.toContain('old');
      expect(page.items.map(({ id }) => id)).not.toContain(old.id);
      await fast(app, caller, 'DELETE', '/api/users/me');
    }

    expect([...seen].filter((status) => ![200, 201, 204, 404, 412].includes(status))).toEqual([]);
  }, 60_000);

  it('happens once, however many ask at once', async () => {
    await aTask(app, caller);

    const answers = await atOnce(8, () => fast(app, caller, 'DELETE', '/api/users/me'));

    expect(answers.map(({ status }) => status).sort()).toEqual([
      204,
      ...Array<number>(7).fill(404),
    ]);
  });
});

// The role of the workers of Citus waits 300 ms for a lock, however busy the machine is.
describeWith('oneDatabase', 'deleting an account before its first write', () => {
  let app: TestedApi;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterAll(() => app.stop());

  // An account without a feed, which the first write makes, and which refers to the account.
  it.each<readonly [status: number, method: Method, path: string, FastRequest?]>([
    [201, 'POST', '/api/me/tasks', { body: { title: 'new' } }],
    [201, 'POST', '/api/me/tasks', { body: { title: 'new' }, key: v7() }],
    [404, 'PUT', MISSING, { body: { title: 'put' } }],
    [404, 'PATCH', MISSING, { body: { title: 'patch' }, key: v7() }],
    [404, 'PATCH', `${MISSING}/complete`],
    [404, 'DELETE', MISSING],
    [404, 'POST', `${MISSING.replace('tasks', 'trash')}/restore`],
    [200, 'GET', '/api/me/tasks/changes'],
    [404, 'DELETE', '/api/users/me'],
  ])('answers %d as without one to the first %s %s that meets it', async (status, ...sent) => {
    const newcomer = await aCaller();
    await fast(app, newcomer, 'POST', '/api/users');
    const erasure = await AccountErasure.of(newcomer.userId, app.database);
    const answer = fast(app, newcomer, ...sent);

    await erasure.isMet();
    await erasure.commit();

    expect(await answer).toMatchObject({ status });
  });
});
