import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DATABASE_WAITS } from '../../../../src/database/limits';
import { UserScope } from '../../../../src/user-scope/user-scope';
import { describeOnEveryMode, ReachedDatabase } from '../../../support/database/connection-modes';
import { eventually } from '../../../support/app/eventually';
import { outcomeOf } from '../../../support/app/outcome';
import { Persistence } from '../../../support/database/persistence';
import { TestDatabase } from '../../../support/database/test-database';
import { replaceText } from '../../../support/wire/wire-messages';
import { WireProxy } from '../../../support/wire/wire-proxy';

/** No `WHERE`: whose rows it counts is up to the database alone. */
const COUNT = 'select count(*), $1::text from users';
/** Nobody's scope is in here, so no row may be. */
const UNSCOPED = 'select count(*)::int as n from users';

describeOnEveryMode('ScopedPool', (mode) => {
  let reached: ReachedDatabase;
  let persistence: Persistence;
  let scope: UserScope;
  let other: UserScope;
  // Four clients, three of them for searches, and one of those for each user.
  const hasLanes = mode.variables['DATABASE_LANES'] !== '0';
  const variables = { ...mode.variables, DATABASE_POOL: hasLanes ? '5' : '9' };

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    const waits = { ...DATABASE_WAITS, forPool: 300 };
    persistence = await Persistence.open(reached.endpoint, variables, waits);
    scope = await persistence.newUser();
    other = await persistence.newUser();
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

  const SLEEP = 'select pg_sleep(20), $1::text';
  const SLEEPING = `from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep' and backend_type = 'client backend'`;
  const areAsleep = (count: number) =>
    eventually(
      async () => (await reached.database.query(`select pid ${SLEEPING}`)).length === count,
    );
  const wakeAll = () => reached.database.query(`select pg_cancel_backend(pid) ${SLEEPING}`);

  it('survives the loss of clients at work', async () => {
    const { pool } = persistence;
    const atWork = [scope, other].map((one) => outcomeOf(pool.run(one, SLEEP, [])));
    await areAsleep(2);

    await reached.database.query(`select pg_terminate_backend(pid) ${SLEEPING}`);

    for (const outcome of await Promise.all(atWork)) {
      expect(outcome).toMatch(/57P01|08P01|Connection terminated/);
    }
    expect(await pool.run(scope, COUNT, [])).toEqual([['1', scope.userId]]);
  });

  it('has room for others, and for deletions, where one user asks for more than a share', async () => {
    const { pool } = persistence;
    const crowd = Array.from({ length: 9 }, () => outcomeOf(pool.run(scope, SLEEP, [])));
    await areAsleep(1);

    expect(await pool.run(other, COUNT, [])).toEqual([['1', other.userId]]);
    expect(await pool.run(scope, COUNT, [], { isUrgent: true })).toEqual([['1', scope.userId]]);
    expect(await Promise.all(crowd.slice(1))).toEqual(Array<string>(8).fill('overloaded'));

    await wakeAll();
    expect(await crowd[0]).toBe('57014');
  });

  it('has room for a deletion where all others are at work', async () => {
    const { pool } = persistence;
    const scopes = [scope, other, await persistence.newUser(), await persistence.newUser()];
    const atWork = scopes.map((one) => outcomeOf(pool.run(one, SLEEP, [])));
    await areAsleep(3);

    expect(await pool.run(other, COUNT, [], { isUrgent: true })).toEqual([['1', other.userId]]);

    expect(await atWork[3]).toBe('overloaded');
    await wakeAll();
    await Promise.all(atWork);
  });

  it('lets a statement take less time than the session allows, and the next one as long as ever', async () => {
    const { pool } = persistence;
    const limit = "select current_setting('statement_timeout'), $1::text";

    expect(await outcomeOf(pool.run(scope, SLEEP, [], { timeoutMs: 50 }))).toBe('57014');
    expect(await pool.run(scope, limit, [], { timeoutMs: 2_000 })).toEqual([['2s', scope.userId]]);
    expect(await pool.run(scope, limit, [])).toEqual([['5s', scope.userId]]);
  });

  it('stops in PostgreSQL what nobody waits for any more, and serves nobody else with that client', async () => {
    const { pool } = persistence;
    const nobody = new AbortController();
    const work = outcomeOf(pool.run(scope, SLEEP, [], { signal: () => nobody.signal }));
    await areAsleep(1);

    nobody.abort(new Error('gone'));

    expect(await work).toBe('gone');
    await areAsleep(0);
    expect(await pool.run(scope, COUNT, [])).toEqual([['1', scope.userId]]);
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
    expect(behind.pool.load).toMatchObject({ busy: 0, idle: 0 });
    await proxy.stop();
    await behind.close();
  });
});

describe('ScopedPool, where a statement fails', () => {
  it.each([
    ['implicit', 0],
    ['transaction', 1],
  ] as const)('ends an explicit transaction, and no other: %s', async (scope, rollbacks) => {
    const database = await TestDatabase.create();
    const proxy = await WireProxy.start(database.endpoint.api);
    const variables = { DATABASE_SCOPE: scope, DATABASE_POOL: '3' };
    const persistence = await Persistence.open(proxy.before(database.endpoint), variables);
    proxy.clear();

    const run = () =>
      persistence.pool.run(UserScope.of(randomUUID()), 'select 1 / 0, $1::text', []);
    expect(await outcomeOf(run())).toBe('22012');

    // PostgreSQL writes a warning into its log for each one that has nothing to end.
    expect(proxy.sent.filter(({ text }) => text === 'rollback')).toHaveLength(rollbacks);
    await persistence.close();
    await proxy.stop();
    await database.drop();
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
