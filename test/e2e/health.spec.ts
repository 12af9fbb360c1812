import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { migrations } from '../../migrations';
import { PROBLEM_TYPES, type ProblemCode } from '../../src/problems/problem-types';
import { eventually } from '../support/app/eventually';
import { RecordedLog } from '../support/app/recorded-log';
import { RowLock } from '../support/database/row-lock';
import { TestApplication } from '../support/app/test-application';
import { maintain } from '../support/database/test-cluster';
import { aCaller } from '../support/app/tokens';
import { itWith } from '../support/requirements';

const problem = (code: ProblemCode) => ({
  type: `/problems/${code}`,
  code,
  status: 503,
  title: PROBLEM_TYPES[code].title,
  detail: PROBLEM_TYPES[code].advice,
  request_id: expect.any(String),
});

describe('Health', () => {
  let api: TestApplication;

  beforeAll(async () => {
    api = await TestApplication.start({ DATABASE_WAKE_TIMEOUT: '0' });
  });
  afterAll(() => api.stop());

  /** Behind a request: while none comes, an idle database is not asked. */
  const probe = async () => {
    await api.send('get', '/api/me/tasks', await aCaller());
    return api.send('get', '/health/ready');
  };
  const becomes = (status: number) => eventually(async () => (await probe()).status === status);
  const expectNotReady = async (code: ProblemCode): Promise<void> => {
    await becomes(503);
    const { body, headers } = await probe();
    expect(body).toEqual(problem(code));
    expect(headers).toMatchObject({
      'retry-after': '1',
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
  };

  it.each(['/health/live', '/health/ready'])(
    'is well at %s, which nobody may keep',
    async (path) => {
      const { status, body, headers } = await api.send('get', path);

      expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } });
      expect(headers).toMatchObject({ 'cache-control': 'no-store' });
    },
  );

  it('is not ready while the database lacks a migration, and ready when it has it', async () => {
    const last = migrations.at(-1)?.name;
    const [row] = await api.database.query<{ timestamp: string }>(
      'delete from task_api_migrations where name = $1 returning timestamp',
      [last],
    );

    await expectNotReady('database-behind');

    await api.database.query('insert into task_api_migrations (timestamp, name) values ($1, $2)', [
      row?.timestamp,
      last,
    ]);
    await becomes(200);
  });

  it('is not ready where it may not even look which migrations have run', async () => {
    await api.database.query('revoke select on task_api_migrations from task_api');

    await expectNotReady('database-behind');

    await api.database.query('grant select on task_api_migrations to task_api');
    await becomes(200);
  });

  it('is ready on a database that is newer', async () => {
    await api.database.query(
      `insert into task_api_migrations (timestamp, name) values (9000000000000, 'Later9000000000000')`,
    );
    const asked = performance.now();

    await eventually(() => performance.now() - asked > 1_000);

    expect((await probe()).status).toBe(200);
    await api.database.query(`delete from task_api_migrations where name = 'Later9000000000000'`);
  });

  it('is not ready, but alive, while the database takes no sessions', async () => {
    const name = String(api.database.endpoint.owner.database);
    await maintain(`alter database ${name} allow_connections false`);
    await maintain(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = '${name}' and application_name = 'task-api'`,
    );

    await expectNotReady('database-unavailable');
    expect((await api.send('get', '/health/live')).status).toBe(200);

    await maintain(`alter database ${name} allow_connections true`);
    await becomes(200);
  });

  itWith(
    'oneDatabase',
    'is not ready once it shuts down, while requests that have begun are finished',
    async () => {
      const log = new RecordedLog('info');
      const leaving = await TestApplication.start({}, log.log);
      const ada = await aCaller();
      const { body: task } = await leaving.send('post', '/api/me/tasks', ada).send({ title: 'x' });
      const lock = await RowLock.on(leaving.database, task.id);
      const socket = connect(leaving.port, '127.0.0.1');
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      const toggle = `PATCH /api/me/tasks/${task.id}/complete HTTP/1.1\r\nHost: x\r\n`;
      socket.write(`${toggle}Authorization: ${ada.authorization}\r\n\r\n`);
      await lock.blocks(1);

      const stopped = leaving.stop();
      await eventually(() => !leaving.server.listening);
      socket.write('GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const closed = once(socket, 'close');
      await lock.release();
      await closed;
      await stopped;

      const [toggled = '', probed = ''] = received.split(/(?=HTTP\/1\.1 503)/);
      expect(toggled).toMatch(/^HTTP\/1\.1 200 OK[^]*"completed":true/);
      expect(probed).toMatch(/\r\nRetry-After: 1\r\n/);
      expect(JSON.parse(probed.slice(probed.indexOf('{')))).toEqual(problem('shutting-down'));
      // It stops as it should, so there is nothing to tell an operator.
      // A connection that an earlier test has cut may be reported only now.
      expect(log.text.replaceAll(/^.*An idle database connection was lost.*\n/gm, '')).toBe('');
    },
  );
});
