import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { answerOf, problemAnswer } from '../support/http/answers';
import { atOnce } from '../support/http/fast-requests';
import { aTask, list } from '../support/http/lists';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { describeWith } from '../support/requirements';

/**
 * Not here: R1, in rate-limit.spec.ts; R4, in test/unit/http/adapter/http-server.spec.ts; R5, with the
 * lanes that bound the work in flight; R6, in tasks-quota.spec.ts.
 */
describe('abuse: resources', () => {
  let app: TestApplication;
  let caller: Caller;
  let locker: Client;

  beforeAll(async () => {
    app = await TestApplication.start();
    caller = await aCaller();
    await aTask(app, caller);
    locker = new Client(app.database.endpoint.owner);
    await locker.connect();
  });
  afterEach(() => locker.query('rollback'));
  afterAll(async () => {
    await locker.end();
    await app.stop();
  });

  /** Until the rollback, whatever touches a task waits. */
  const lockTasks = async (): Promise<void> => {
    await locker.query('begin');
    await locker.query('lock table tasks in access exclusive mode');
  };
  const waiting = async (): Promise<readonly { pid: number }[]> =>
    await app.database.query(
      `select pid from pg_stat_activity
       where datname = current_database() and application_name = 'task-api'
         and wait_event_type = 'Lock'`,
    );

  it('R2: with every connection busy, searches are asked to come back, and then served', async () => {
    await lockTasks();

    const answers = await atOnce(8, () => list(app, caller, { q: 'task' }));

    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(['busy', 'overloaded']).toContain(answer.body.code);
    }
    await locker.query('rollback');
    expect((await list(app, caller, { q: 'task' })).status).toBe(200);
  });

  describeWith('oneDatabase', 'R3', () => {
    it.each([
      ['a read', ''],
      ['a search', '?q=task'],
    ])('%s that PostgreSQL cancels is 503, and the next one is served', async (_, query) => {
      await lockTasks();
      const pending = app.send('get', `/api/me/tasks${query}`, caller).then((response) => response);

      let pids = await waiting();
      while (pids.length === 0) pids = await waiting();
      for (const { pid } of pids)
        await app.database.query('select pg_cancel_backend($1::int)', [pid]);

      expect(answerOf(await pending)).toEqual(
        problemAnswer('query-timeout', { headers: { 'retry-after': '1' } }),
      );
      await locker.query('rollback');
      expect((await app.send('get', `/api/me/tasks${query}`, caller)).status).toBe(200);
    });
  });
});
