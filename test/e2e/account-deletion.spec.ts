import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TaskBody } from '../support/http/answers';
import { atOnce, fast, type FastAnswer } from '../support/http/fast-requests';
import { aTask, etagOf, type Page } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const ROUNDS = 25;

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
