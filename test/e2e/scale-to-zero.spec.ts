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

/** Longer than a request waits for a database that is merely slow. */
const WAKES_AFTER_MS = 2_000;
const ASLEEP_AFTER_MS = 300_000;
const VARIABLES = { ISOLATION_INTERVAL: '1', ADMIN_PORT: '0' };

interface Way {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly isPooled: boolean;
}

/** A server whose way to its database leads through a proxy. */
class Served {
  private constructor(
    readonly name: string,
    readonly database: TestDatabase,
    readonly proxy: WireProxy,
    private readonly app: ServedApplication,
    private readonly caller: Caller,
    private readonly pooler: Awaited<ReturnType<typeof poolerBefore>> | undefined,
  ) {}

  static async by({ name, variables, isPooled }: Way): Promise<Served> {
    const database = await TestDatabase.create();
    const proxy = await WireProxy.start(database.endpoint.api);
    const pooler = isPooled ? await poolerBefore(proxy.settings) : undefined;
    const api = pooler?.bouncer.settings ?? proxy.settings;
    const app = await serveAt({ ...database.endpoint, api }, { ...VARIABLES, ...variables });
    return new Served(name, database, proxy, app, await aCaller(), pooler);
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await this.pooler?.bouncer.stop();
    await this.proxy.stop();
    await this.database.drop();
    await this.pooler?.login.drop();
  }

  async get(path: string): Promise<number> {
    return (await request(this.app.url).get(path).set(this.#headers)).status;
  }

  async create(title: string): Promise<number> {
    const path = '/api/me/tasks';
    return (await request(this.app.url).post(path).set(this.#headers).send({ title })).status;
  }

  async useEverything(): Promise<void> {
    expect(await this.create('mine')).toBe(201);
    expect(await this.get('/api/me/tasks')).toBe(200);
    expect(await this.get('/api/me/tasks?q=mine')).toBe(200);
    expect(await this.get('/health/ready')).toBe(200);
  }

  async probeAndScrape(): Promise<void> {
    expect(await this.get('/health/ready')).toBe(200);
    expect(await this.get('/health/live')).toBe(200);
    expect(await this.app.nest.get(Registry).metrics()).toContain('task_api_ready 1');
  }

  /** A request may be followed by a look at the isolation, and by the question of a probe. */
  async quiet(): Promise<void> {
    for (let seen = -1; seen !== this.proxy.sent.length || this.proxy.isOwed;) {
      seen = this.proxy.sent.length;
      await sleep(1_000);
    }
  }

  get #headers() {
    return { Authorization: this.caller.authorization };
  }
}

async function poolerBefore(settings: ConnectionSettings) {
  const login = await Login.create('in role task_api');
  await login.configure();
  return { login, bouncer: await PgBouncer.start(login.at(settings)) };
}

/** Waiting is most of what they do, so the ways wait together. */
const declareTests = (ways: readonly Way[]): void => {
  let all: readonly Served[] = [];

  beforeAll(async () => {
    all = await Promise.all(ways.map((way) => Served.by(way)));
  });
  afterAll(async () => {
    await Promise.all(all.map((served) => served.stop()));
  });
  beforeEach(() => each((served) => served.useEverything()));
  afterEach(() => {
    jest.useRealTimers();
    for (const { proxy } of all) proxy.greetingMs = 0;
  });

  /** By the name of the way. */
  const each = async <Result>(
    work: (served: Served) => Promise<Result>,
  ): Promise<Readonly<Record<string, Result>>> =>
    Object.fromEntries(
      await Promise.all(all.map(async (served) => [served.name, await work(served)] as const)),
    );
  const everywhere = <Result>(result: Result): Readonly<Record<string, Result>> =>
    Object.fromEntries(ways.map(({ name }) => [name, result]));

  it('is not woken where it ends the sessions, but by the next request', async () => {
    const opened = await each(async (served) => {
      await served.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'task-api'`,
      );
      await eventually(() => served.proxy.sessions === 0);
      await served.quiet();
      served.proxy.clear();
      for (let n = 0; n < 20; n += 1) await served.probeAndScrape();
      return served.proxy.opened;
    });
    expect(opened).toEqual(everywhere(0));

    expect(await each((served) => served.get('/api/me/tasks'))).toEqual(everywhere(200));
    for (const { proxy } of all) expect(proxy.opened).toBeGreaterThan(0);
  });

  it('costs the first requests a wait and no failure, where it refuses sessions until it is awake', async () => {
    skipTime(ASLEEP_AFTER_MS);
    const statuses = await each(async (served) => {
      await served.proxy.sleep();
      const first = Promise.all([
        served.get('/api/me/tasks'),
        served.get('/api/me/tasks?q=mine'),
        served.create('woke it'),
      ]);
      await sleep(WAKES_AFTER_MS);
      await served.proxy.wake();
      return first;
    });

    expect(statuses).toEqual(everywhere([200, 200, 201]));
  });

  it('costs the same where each session is greeted late', async () => {
    skipTime(ASLEEP_AFTER_MS);
    const statuses = await each(async (served) => {
      served.proxy.cut();
      await eventually(() => served.proxy.sessions === 0);
      served.proxy.greetingMs = WAKES_AFTER_MS;
      return Promise.all([served.get('/api/me/tasks'), served.get('/api/me/tasks?q=mine')]);
    });

    expect(statuses).toEqual(everywhere([200, 200]));
  });

  // The last one: the server would wait for the clock to reach its time again.
  it('hears nothing in ten idle minutes, however often probes and scrapes come', async () => {
    await each((served) => served.quiet());
    const now = performance.now();
    stopClock();
    // The stopped clock begins anew; what the server remembers must not lie in its future.
    jest.advanceTimersByTime(now);
    for (const { proxy } of all) proxy.clear();

    for (let minute = 0; minute < 10; minute += 1) {
      for (let n = 0; n < 6; n += 1) {
        jest.advanceTimersByTime(10_000);
        await each((served) => served.probeAndScrape());
      }
    }

    const heard = await each(({ proxy: { sent, opened } }) =>
      Promise.resolve({ sent: sent.filter(({ kind }) => kind !== 'Terminate'), opened }),
    );
    expect(heard).toEqual(everywhere({ sent: [], opened: 0 }));
  });
};

describe('A database that scales to zero', () => {
  declareTests([
    { name: 'behind lanes', variables: { DATABASE_LANES: '3' }, isPooled: false },
    { name: 'behind a pool alone', variables: { DATABASE_LANES: '0' }, isPooled: false },
  ]);
});
describeWith('pgBouncer', 'A database that scales to zero, behind PgBouncer,', () => {
  // PgBouncer tries again once a second, so it notices later that the database is awake.
  const variables = { DATABASE_LANES: '3', DATABASE_WAKE_TIMEOUT: '10' };
  declareTests([{ name: 'behind PgBouncer', variables, isPooled: true }]);
});

describe('An idle server, whatever it did before,', () => {
  /** Longer than the session that listens stays for streams that come back. */
  const REST_MS = 60_000;
  const STEP_MS = 1_000;
  const IDLE_MS = 600_000;

  afterEach(() => {
    jest.useRealTimers();
  });

  /**
   * Every timer of the server runs on this clock, which goes on by itself, too. It waits for answers of
   * PostgreSQL, which has another clock: else they would come after the time limits.
   */
  const pass = async (milliseconds: number, proxy: WireProxy): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
      await jest.advanceTimersByTimeAsync(STEP_MS);
      while (proxy.isOwed) await new Promise(setImmediate);
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
    await pass(REST_MS, proxy);
    proxy.clear();

    await pass(IDLE_MS, proxy);

    expect(proxy.sent.filter(({ kind }) => kind !== 'Terminate')).toEqual([]);
    expect(proxy.opened).toBe(0);
    await app.stop();
    await proxy.stop();
    await database.drop();
  });
});
