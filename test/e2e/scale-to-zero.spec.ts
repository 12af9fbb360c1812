import { setTimeout as sleep } from 'node:timers/promises';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Registry } from 'prom-client';
import request from 'supertest';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import type { ConnectionSettings } from '../../src/database/session/connection-settings';
import { skipTime, stopClock } from '../support/app/clock';
import { eventually } from '../support/app/eventually';
import { aCaller, type Caller } from '../support/app/tokens';
import { Login } from '../support/database/login';
import { PgBouncer } from '../support/database/pg-bouncer';
import { TestDatabase } from '../support/database/test-database';
import { EventReader } from '../support/http/event-reader';
import { describeWith } from '../support/requirements';
import { WireProxy } from '../support/wire/wire-proxy';

const WAKES_AFTER_MS = 3_000;
const ASLEEP_AFTER_MS = 300_000;
const VARIABLES = { ISOLATION_INTERVAL: '1', ADMIN_PORT: '0' };

async function poolerBefore(settings: ConnectionSettings) {
  const login = await Login.create('in role task_api');
  await login.configure();
  return { login, bouncer: await PgBouncer.start(login.at(settings)) };
}

const declareTests = (variables: Readonly<Record<string, string>>, isPooled: boolean): void => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let pooler: { readonly login: Login; readonly bouncer: PgBouncer } | undefined;
  let app: ServedApplication;
  let ada: Caller;

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    pooler = isPooled ? await poolerBefore(proxy.settings) : undefined;
    const api = pooler?.bouncer.settings ?? proxy.settings;
    app = await serveAt({ ...database.endpoint, api }, variables);
    ada = await aCaller();
  });
  afterAll(async () => {
    await app.stop();
    await pooler?.bouncer.stop();
    await proxy.stop();
    await database.drop();
    await pooler?.login.drop();
  });
  beforeEach(async () => {
    expect((await send('post', '/api/me/tasks').send({ title: 'mine' })).status).toBe(201);
    expect((await send('get', '/api/me/tasks')).status).toBe(200);
    expect((await send('get', '/api/me/tasks?q=mine')).status).toBe(200);
    expect((await send('get', '/health/ready')).status).toBe(200);
  });
  afterEach(() => {
    jest.useRealTimers();
    proxy.greetingMs = 0;
  });

  const send = (method: 'get' | 'post', path: string) =>
    request(app.url)[method](path).set('Authorization', ada.authorization);
  /** A request may be followed by a look at the isolation, and by the question of a probe. */
  const quiet = async (): Promise<void> => {
    for (let seen = -1; seen !== proxy.sent.length;) {
      seen = proxy.sent.length;
      await sleep(1_000);
    }
  };
  const probeAndScrape = async (): Promise<void> => {
    expect((await send('get', '/health/ready')).status).toBe(200);
    expect((await send('get', '/health/live')).status).toBe(200);
    expect(await app.nest.get(Registry).metrics()).toContain('task_api_ready 1');
  };

  it('is not woken where it ends the sessions, but by the next request', async () => {
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'task-api'`,
    );
    await eventually(() => proxy.sessions === 0);
    await quiet();
    proxy.clear();
    for (let n = 0; n < 20; n += 1) {
      await probeAndScrape();
      await sleep(50);
    }
    expect(proxy.opened).toBe(0);

    expect((await send('get', '/api/me/tasks')).status).toBe(200);
    expect(proxy.opened).toBeGreaterThan(0);
  });

  it('costs the first requests a wait and no failure, where it refuses sessions until it is awake', async () => {
    skipTime(ASLEEP_AFTER_MS);
    await proxy.sleep();

    const first = Promise.all([
      send('get', '/api/me/tasks'),
      send('get', '/api/me/tasks?q=mine'),
      send('post', '/api/me/tasks').send({ title: 'woke it' }),
    ]);
    await sleep(WAKES_AFTER_MS);
    await proxy.wake();

    expect((await first).map(({ status }) => status)).toEqual([200, 200, 201]);
  });

  it('costs the same where each session is greeted late', async () => {
    skipTime(ASLEEP_AFTER_MS);
    proxy.cut();
    await eventually(() => proxy.sessions === 0);
    proxy.greetingMs = WAKES_AFTER_MS;

    const first = await Promise.all([
      send('get', '/api/me/tasks'),
      send('get', '/api/me/tasks?q=mine'),
    ]);

    expect(first.map(({ status }) => status)).toEqual([200, 200]);
  });

  // The last one: the server would wait for the clock to reach its time again.
  it('hears nothing in ten idle minutes, however often probes and scrapes come', async () => {
    await quiet();
    const now = performance.now();
    stopClock();
    // The stopped clock begins anew; what the server remembers must not lie in its future.
    jest.advanceTimersByTime(now);
    proxy.clear();

    for (let minute = 0; minute < 10; minute += 1) {
      for (let n = 0; n < 6; n += 1) {
        jest.advanceTimersByTime(10_000);
        await probeAndScrape();
      }
    }

    expect(proxy.sent.filter(({ kind }) => kind !== 'Terminate')).toEqual([]);
    expect(proxy.opened).toBe(0);
  });
};

describe.each([
  ['lanes', { ...VARIABLES, DATABASE_LANES: '3' }],
  ['a pool alone', { ...VARIABLES, DATABASE_LANES: '0' }],
])('A database that scales to zero, behind %s,', (_, variables) => {
  declareTests(variables, false);
});
describeWith('pgBouncer', 'A database that scales to zero, behind PgBouncer,', () => {
  // PgBouncer tries again once a second, so it notices later that the database is awake.
  declareTests({ ...VARIABLES, DATABASE_LANES: '3', DATABASE_WAKE_TIMEOUT: '10' }, true);
});

describe('An idle server, whatever it did before,', () => {
  /** Longer than the session that listens stays for streams that come back. */
  const REST_MS = 60_000;
  const STEP_MS = 1_000;
  const IDLE_MS = 600_000;

  afterEach(() => {
    jest.useRealTimers();
  });

  /** Every timer of the server runs on this clock, which goes on by itself, too. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
      await jest.advanceTimersByTimeAsync(STEP_MS);
    }
  };

  it('sends nothing in ten minutes after streams, keyed writes, restores and searches', async () => {
    const doNotFake = ['hrtime', 'nextTick', 'queueMicrotask', 'setImmediate'] as const;
    jest.useFakeTimers({ advanceTimers: true, doNotFake: [...doNotFake] });
    const database = await TestDatabase.create();
    const proxy = await WireProxy.start(database.endpoint.api);
    const app = await serveAt(proxy.before(database.endpoint), VARIABLES);
    const ada = await aCaller();
    const ask = (method: 'get' | 'post' | 'delete', path: string, key?: string) =>
      request(app.url)
        [method](path)
        .set({ Authorization: ada.authorization, ...(key && { 'Idempotency-Key': key }) });

    const reader = await EventReader.open(app.url, ada);
    const { id } = (await ask('post', '/api/me/tasks', 'once').send({ title: 'mine' })).body as {
      id: string;
    };
    expect((await reader.nextTask()).id).toBe(id);
    expect((await ask('delete', `/api/me/tasks/${id}`, 'twice')).status).toBe(204);
    expect((await ask('post', `/api/me/trash/${id}/restore`)).status).toBe(200);
    expect((await ask('get', '/api/me/tasks?q=mine')).status).toBe(200);
    expect((await ask('get', '/api/me/tasks/changes')).status).toBe(200);
    reader.close();
    await pass(REST_MS);
    proxy.clear();

    await pass(IDLE_MS);

    expect(proxy.sent.filter(({ kind }) => kind !== 'Terminate')).toEqual([]);
    expect(proxy.opened).toBe(0);
    await app.stop();
    await proxy.stop();
    await database.drop();
  });
});
