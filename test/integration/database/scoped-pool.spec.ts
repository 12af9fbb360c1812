import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { UserScope } from '../../../src/user-scope/user-scope';
import { describeOnEveryWay, ReachedDatabase } from '../../support/database/database-ways';
import { eventually } from '../../support/app/eventually';
import { outcomeOf } from '../../support/app/outcome';
import { Persistence } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';
import { replaceText } from '../../support/wire/wire-messages';
import { WireProxy } from '../../support/wire/wire-proxy';

/** No `WHERE`: whose rows it counts is up to the database alone. */
const COUNT = 'select count(*), $1::text from users';
/** Nobody's scope is in here, so no row may be. */
const UNSCOPED = 'select count(*)::int as n from users';

describeOnEveryWay('ScopedPool', (way) => {
  let reached: ReachedDatabase;
  let persistence: Persistence;
  let scope: UserScope;
  // Two clients, so that one that is handed back badly is soon somebody else's.
  const variables = { ...way.variables, DATABASE_POOL: way.pooled ? '5' : '3' };

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(way);
    persistence = await Persistence.open(reached.endpoint, variables);
    scope = await persistence.newUser();
    await persistence.newUser();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await persistence.close();
    await reached.close();
  });

  it('runs a statement under one scope', async () => {
    expect(await persistence.pool.run(scope, COUNT, [])).toEqual([['1', scope.userId]]);
  });

  it('leaves no scope behind', async () => {
    await persistence.pool.run(scope, COUNT, []);

    expect(await persistence.source.query(UNSCOPED)).toEqual([{ n: 0 }]);
  });

  it('serves on after statements that fail, and after those in their scopes', async () => {
    const { pool } = persistence;

    const failed = await Promise.all([
      outcomeOf(pool.run(scope, 'select 1 / 0, $1::text', [])),
      outcomeOf(pool.run(scope, 'select nonsense from $1', [])),
      outcomeOf(pool.run(scope, "select set_config('statement_timeout', '1', true), $1::text", [])),
    ]);

    expect(failed).toEqual(['22012', '42601', 'fulfilled']);
    expect(await pool.run(scope, COUNT, [])).toEqual([['1', scope.userId]]);
  });

  it('has one process of PostgreSQL for each search, which leaves the others to the lanes', async () => {
    const helpers = "select current_setting('max_parallel_workers_per_gather'), $1::text";

    expect(await persistence.pool.run(scope, helpers, [])).toEqual([['0', scope.userId]]);
  });

  it('survives the loss of clients at work', async () => {
    const { pool } = persistence;
    const atWork = [1, 2].map(() =>
      outcomeOf(pool.run(scope, 'select pg_sleep(20), $1::text', [])),
    );
    const sleeping = `from pg_stat_activity
      where datname = current_database() and wait_event = 'PgSleep'`;
    await eventually(async () => (await reached.database.query(`select ${sleeping}`)).length === 2);

    await reached.database.query(`select pg_terminate_backend(pid) ${sleeping}`);

    for (const outcome of await Promise.all(atWork)) {
      expect(outcome).toMatch(/57P01|08P01|Connection terminated/);
    }
    expect(await pool.run(scope, COUNT, [])).toEqual([['1', scope.userId]]);
  });

  it('waits for a client only so long', async () => {
    const { pool } = persistence;
    const atWork = [1, 2].map(() => pool.run(scope, 'select pg_sleep(2), $1::text', []));

    expect(await outcomeOf(pool.run(scope, COUNT, []))).toContain('trying to connect');
    await Promise.all(atWork);
  });

  it('gives up on a server that is frozen, and on that client', async () => {
    const proxy = await WireProxy.start(reached.endpoint.api);
    const behind = await Persistence.open(proxy.before(reached.endpoint), variables);
    await behind.pool.run(scope, COUNT, []);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    proxy.silence();

    const outcome = outcomeOf(behind.pool.run(scope, COUNT, []));
    await jest.advanceTimersByTimeAsync(10_000);

    expect(await outcome).toContain('read timeout');
    jest.useRealTimers();
    await eventually(() => proxy.sessions < 4);
    await proxy.stop();
    await behind.close();
  });
});

describe('ScopedPool, where a transaction stays open', () => {
  it('serves nobody else with that client', async () => {
    const database = await TestDatabase.create();
    const proxy = await WireProxy.start(database.endpoint.api);
    const variables = { DATABASE_SCOPE: 'transaction', DATABASE_POOL: '3' };
    const persistence = await Persistence.open(proxy.before(database.endpoint), variables);
    // PostgreSQL never sees a COMMIT, and counts as many commands.
    proxy.tamper = ({ text, bytes }) =>
      text === 'commit' ? replaceText(bytes, 'commit', 'begin ') : bytes;
    const processOf = () =>
      persistence.pool.run(UserScope.of(randomUUID()), 'select pg_backend_pid(), $1::text', []);

    const processes: string[] = [];
    for (let n = 0; n < 6; n += 1) processes.push(String((await processOf())[0]?.[0]));

    expect(new Set(processes).size).toBe(6);
    await persistence.close();
    await proxy.stop();
    await database.drop();
  });
});
