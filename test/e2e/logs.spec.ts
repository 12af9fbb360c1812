import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';
import { newTask } from '../../src/tasks/task-id';
import { eventually } from '../support/app/eventually';
import { rawAnswers } from '../support/wire/raw-request';
import { type LogLine, RecordedLog } from '../support/app/recorded-log';
import { TestApplication } from '../support/app/test-application';
import { publishedWorkers } from '../support/database/test-cluster';
import { aCaller, type Caller, signToken } from '../support/app/tokens';
import { itWith } from '../support/requirements';

const CANARY = 'hunter2';
const EMAIL = `${CANARY}@example.com`;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const record = new RecordedLog('debug');
let api: TestApplication;
let ada: Caller;

beforeAll(async () => {
  api = await TestApplication.start({ LOG_LEVEL: 'debug' }, record.log);
  ada = await aCaller({ email: EMAIL, email_verified: true });
});
afterAll(() => api.stop());

/** Sends it, and gives the lines that it left. An answer is logged when it has been written. */
async function linesOf(test: PromiseLike<Response>): Promise<readonly LogLine[]> {
  const { headers } = await test;
  const lines = () => record.of(headers['x-request-id'] ?? '');
  await eventually(() => lines().length > 0);
  return lines();
}

describe('the line of a request', () => {
  it('says what was refused, to whom and why, by the template of the route', async () => {
    const id = newTask().id;
    const lines = await linesOf(
      api
        .send('get', `/api/${ada.userId}/tasks/${id}`, ada)
        .set('X-Request-Id', 'from-the-client')
        .set('Traceparent', `00-${TRACE_ID}-00f067aa0ba902b7-01`),
    );

    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        pid: process.pid,
        context: 'Problem',
        msg: 'request refused',
        code: 'task-not-found',
        status: 404,
        method: 'GET',
        route: '/api/:user_id/tasks/:task_id',
        duration_ms: expect.any(Number),
        request_id: 'from-the-client',
        trace_id: TRACE_ID,
        user_id: ada.userId,
      },
    ]);
    expect(lines[0]?.['duration_ms']).toBeGreaterThan(0);
  });

  it('names no user where none is known, and no path where there is none', async () => {
    const [refused] = await linesOf(api.send('get', '/api/me/tasks'));
    const [lost] = await linesOf(api.send('get', `/api/${CANARY}?${CANARY}=1`));

    expect(refused).toMatchObject({ code: 'unauthenticated', route: '/api/:user_id/tasks' });
    expect(refused).not.toHaveProperty('user_id');
    expect(lost).toMatchObject({ code: 'route-not-found', route: 'none', status: 404 });
  });

  it('is written also for what could not be read as a request', async () => {
    const bytes = `GET /${CANARY} HTTP/1.1\r\nHost: x\r\n${CANARY}\r\n\r\n`;
    const [answer] = await rawAnswers(api.port, bytes);

    expect(record.of(answer?.headers['x-request-id'] ?? '')).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: 'unreadable request refused',
        code: 'malformed-request',
        status: 400,
      }),
    ]);
  });

  it('is written for every request at LOG_LEVEL=debug', async () => {
    const [line] = await linesOf(api.send('get', '/api/me/tasks', ada));

    expect(line).toMatchObject({
      level: 'debug',
      msg: 'request answered',
      status: 200,
      method: 'GET',
      route: '/api/:user_id/tasks',
      user_id: ada.userId,
    });
  });

  itWith('oneDatabase', 'is written for failures alone at LOG_LEVEL=info', async () => {
    const quiet = new RecordedLog('info');
    const server = await TestApplication.start({ LOG_LEVEL: 'info' }, quiet.log);
    try {
      await server.send('get', '/health/live');
      await server.send('get', '/api/me/tasks', ada);
      expect(quiet.lines).toEqual([]);
      await server.send('get', '/api/me/tasks');
      expect(quiet.lines).toHaveLength(1);
    } finally {
      await server.stop();
      // Nest has one log in a process: that of the application made last.
      Logger.overrideLogger(record.log);
    }
  });
});

describe('a fault of the server', () => {
  const create = (title = 'x') => api.send('post', '/api/me/tasks', ada).send({ title });

  async function during(
    change: readonly string[],
    undo: readonly string[],
    work: () => Promise<void>,
  ): Promise<void> {
    for (const sql of change) await api.database.query(sql);
    try {
      await work();
    } finally {
      for (const sql of undo) await api.database.query(sql);
    }
  }

  it('is logged as an error with its SQLSTATE, and with its stack once', async () => {
    const constraint = 'ck_no_canary';
    await during(
      [`alter table tasks add constraint ${constraint} check (title not like '%${CANARY}%')`],
      [`alter table tasks drop constraint ${constraint}`],
      async () => {
        const [first] = await linesOf(create(CANARY));
        const [second] = await linesOf(create(CANARY));

        // A worker of Citus names them in its message alone, which may have values.
        const named = publishedWorkers().length > 0 ? {} : { table: 'tasks', constraint };
        const facts = { type: 'error', code: '23514', ...named };
        expect(first).toMatchObject({
          level: 'error',
          msg: 'request failed',
          code: 'internal-error',
          status: 500,
          error: facts,
        });
        expect(first?.['error']).toHaveProperty('stack', expect.any(Array));
        expect(second?.['error']).toMatchObject(facts);
        expect(second?.['error']).not.toHaveProperty('stack');
      },
    );
  });

  it('does not repeat what PostgreSQL says of values', async () => {
    await during(
      [
        `create function complain(title text) returns boolean language plpgsql as $$
         begin raise exception 'not %', title using detail = title, hint = title; end $$`,
        'alter table tasks add constraint complain check (complain(title)) not valid',
      ],
      ['alter table tasks drop constraint complain', 'drop function complain'],
      async () => {
        const [line] = await linesOf(create(CANARY));

        expect(line).toMatchObject({ code: 'internal-error', error: { code: 'P0001' } });
      },
    );
  });

  it('says so where row-level security has refused', async () => {
    await during(
      ['alter policy own_tasks on tasks with check (false)'],
      [
        `alter policy own_tasks on tasks
           with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
      ],
      async () => {
        const [line] = await linesOf(create());

        expect(line).toMatchObject({
          level: 'error',
          msg: 'request failed: row-level security refused it',
          status: 500,
          error: {
            code: '42501',
            // Citus names a shard.
            message: expect.stringMatching(
              /^new row violates row-level security policy for table "tasks(?:_\d+)?"$/,
            ),
          },
        });
      },
    );
  });

  it('that was to be expected has a reason and no stack', async () => {
    await api.database.query('begin');
    await api.database.query('lock table tasks');
    try {
      const [line] = await linesOf(create());

      expect(line).toMatchObject({
        level: 'error',
        code: 'busy',
        status: 503,
        error: { code: '55P03', message: 'canceling statement due to lock timeout' },
      });
      expect(line?.['error']).not.toHaveProperty('stack');
    } finally {
      await api.database.query('rollback');
    }
  });
});

describe('what a user wrote', () => {
  const task = `/api/me/tasks/${newTask().id}`;
  const post = (body: string | object) => api.send('post', '/api/me/tasks', ada).send(body);
  const bearer = (token: string) =>
    api.send('get', '/api/me/tasks').set('Authorization', `Bearer ${token}`);

  it.each<[string, () => PromiseLike<Response>]>([
    ['a title', () => post({ title: CANARY, description: CANARY })],
    ['a title that is too long', () => post({ title: CANARY.repeat(200) })],
    ['a property', () => post({ title: 'x', [CANARY]: CANARY })],
    ['a value of another type', () => post({ title: [CANARY] })],
    ['broken JSON', () => post(`{"title": ${CANARY}`).type('json')],
    ['another media type', () => post(CANARY).type(`text/${CANARY}`)],
    ['an id', () => api.send('get', `/api/me/tasks/${CANARY}`, ada)],
    ['a user id', () => api.send('get', `/api/${CANARY}/tasks`, ada)],
    ['a path', () => api.send('get', `/${CANARY}/${EMAIL}`, ada)],
    ['a path that cannot be decoded', () => api.send('get', `/api/me/tasks/%E0${CANARY}`, ada)],
    ['a search', () => api.send('get', `/api/me/tasks?q=${CANARY}`, ada)],
    ['a parameter', () => api.send('get', `/api/me/tasks?${CANARY}=${CANARY}`, ada)],
    ['a cursor', () => api.send('get', `/api/me/tasks?cursor=${CANARY}`, ada)],
    ['a header', () => api.send('delete', task, ada).set('If-Match', CANARY)],
    ['a key', () => post({ title: 'x' }).set('Idempotency-Key', `${CANARY} ${CANARY}`)],
    ['a preference', () => post({ title: 'x' }).set('Prefer', `return=${CANARY}`)],
    ['a trace', () => api.send('get', '/api/me/tasks', ada).set('Traceparent', CANARY)],
    ['a page', () => api.send('get', `/problems/${CANARY}`)],
    ['a token that is none', () => bearer(CANARY)],
    [
      'a token of another key',
      async () => await bearer(await signToken({ sub: CANARY, email: EMAIL }, CANARY.repeat(8))),
    ],
    [
      'a token whose claims are refused',
      async () => await bearer(await signToken({ sub: CANARY, email: EMAIL, exp: 1 })),
    ],
    ['an address that another account has', () => api.send('post', '/api/users', ada)],
  ])('is never logged: %s', async (_, send) => {
    await api.database.query('insert into users values ($1, $2, now()) on conflict do nothing', [
      randomUUID(),
      EMAIL,
    ]);

    const lines = await linesOf(send());

    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(CANARY);
  });

  it('appears nowhere in all of the log, nor does any token', () => {
    expect(record.lines.length).toBeGreaterThan(30);
    expect(record.text).not.toContain(CANARY);
    expect(record.text).not.toContain(ada.authorization.split('.')[1]);
    expect(record.text).not.toMatch(/eyJ|Bearer/);
  });
});
