import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Lanes } from '../../../../src/database/lanes/lanes';
import { newTask } from '../../../../src/tasks/task-id';
import { UserScope } from '../../../../src/user-scope/user-scope';
import { stopClock } from '../../../support/app/clock';
import { eventually } from '../../../support/app/eventually';
import { outcomeOf } from '../../../support/app/outcome';
import { Persistence } from '../../../support/database/persistence';
import { LoneLane } from '../../../support/database/lone-lane';
import { RowLock } from '../../../support/database/row-lock';
import { DATABASE_WAITS } from '../../../../src/database/limits';
import { testEnv } from '../../../support/app/test-env';
import { TestDatabase } from '../../../support/database/test-database';
import { replaceText } from '../../../support/wire/wire-messages';
import { WireProxy } from '../../../support/wire/wire-proxy';
import { NEW_TASK } from '../../../support/app/task-fields';

const FIELDS = { ...NEW_TASK, title: 'mine' };

const OWN_SESSION = { hasOwnSession: true, batches: 1, texts: 'kept', wakeMs: 0 } as const;

/** PostgreSQL refuses these already as the value of the scope. */
const FAILING_SCOPE = {
  implicit: UserScope.of('\u0000'),
  transaction: UserScope.of('not a UUID'),
};

describe.each([
  { mode: 'implicit', latencyMs: 0 },
  { mode: 'transaction', latencyMs: 0 },
  { mode: 'implicit', latencyMs: 5 },
] as const)('Lanes in $mode scope, $latencyMs ms from the database,', ({ mode, latencyMs }) => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let persistence: Persistence;
  const open = (variables = {}) =>
    Persistence.open(proxy.before(database.endpoint), { DATABASE_SCOPE: mode, ...variables });

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    proxy.latencyMs = latencyMs;
    persistence = await open();
  });
  afterEach(() => {
    jest.useRealTimers();
    proxy.tamper = ({ bytes }) => bytes;
  });
  afterAll(async () => {
    await persistence.close();
    await proxy.stop();
    await database.drop();
  });

  const aTask = async () => {
    const scope = await persistence.newUser();
    const { id, ...birth } = newTask();
    await persistence.tasks.create(scope, { id, ...birth }, FIELDS, { once: false });
    return { scope, id };
  };
  it('answers everybody else when scopes and statements in the same pipeline fail', async () => {
    const { scope, id } = await aTask();
    const { tasks } = persistence;

    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, n) => {
        if (n % 3 === 0) return outcomeOf(tasks.find(FAILING_SCOPE[mode], id));
        if (n % 3 === 1) return outcomeOf(tasks.find(scope, 'not a UUID'));
        return tasks.find(scope, id);
      }),
    );

    outcomes.forEach((outcome, n) => {
      if (n % 3 === 0) expect(outcome).toBe(mode === 'implicit' ? '22021' : '22P02');
      else if (n % 3 === 1) expect(outcome).toBe('22P02');
      else expect(outcome).toMatchObject({ json: expect.stringContaining(id) });
    });
  });

  it('serves a statement at its first use right behind a failing scope', async () => {
    const { scope, id } = await aTask();
    const fresh = await open({ DATABASE_LANES: '1' });
    proxy.clear();

    const [failed, found] = await Promise.all([
      outcomeOf(fresh.tasks.find(FAILING_SCOPE[mode], id)),
      fresh.tasks.find(scope, id),
    ]);

    expect(failed).toMatch(/^22/);
    expect(found).toMatchObject({ json: expect.stringContaining(id) });
    await fresh.close();
  });

  it('would not know a statement that it had not parsed when it opened', async () => {
    const lane = await LoneLane.open(
      { session: persistence.session.config, mode, ...OWN_SESSION, waits: DATABASE_WAITS },
      [],
    );

    await expect(
      lane.run(UserScope.of(newTask().id), { name: 'late', text: 'select $1' }),
    ).rejects.toThrow('not-run');
    await lane.close();
  });

  it('repeats a statement on another lane where one has forgotten it', async () => {
    const { scope, id } = await aTask();
    let forgotten = 0;
    proxy.tamper = ({ kind, statement, bytes }) => {
      if (kind !== 'Bind' || statement !== 'task_get' || forgotten > 0) return bytes;
      forgotten += 1;
      return replaceText(bytes, 'task_get', 'task_got');
    };

    expect(await persistence.tasks.find(scope, id)).toBeDefined();
    expect(forgotten).toBe(1);
  });

  it('repeats statements whose plans a migration outdated, on every lane at once', async () => {
    const scope = await persistence.newUser();
    await database.query('alter table users alter email type varchar(320)');

    const found = await Promise.all(
      Array.from({ length: 20 }, () => persistence.users.find(scope)),
    );

    expect(new Set(found.map((user) => user?.id))).toEqual(new Set([scope.userId]));
    await database.query('alter table users alter email type text');
  });

  it('gives up on a statement that no lane knows', async () => {
    const { scope, id } = await aTask();
    proxy.tamper = ({ kind, statement, bytes }) =>
      kind === 'Bind' && statement === 'task_get'
        ? replaceText(bytes, 'task_get', 'task_got')
        : bytes;

    await expect(persistence.tasks.find(scope, id)).rejects.toMatchObject({
      fault: 'unavailable',
    });
  });

  it('serves the next statement after its connections were cut', async () => {
    const { scope, id } = await aTask();

    proxy.cut();

    await eventually(
      async () => (await outcomeOf(persistence.tasks.find(scope, id))) === 'fulfilled',
    );
  });

  it('fails the statements in flight when PostgreSQL ends their sessions, and serves again', async () => {
    const { scope, id } = await aTask();
    const lock = await RowLock.on(database, id);

    const waiting = Array.from({ length: 8 }, () =>
      outcomeOf(persistence.tasks.complete(scope, id, undefined, undefined)),
    );
    // One lane may still be reconnecting after the test before.
    await lock.blocks(1);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'task-api'`,
    );

    for (const outcome of await Promise.all(waiting)) {
      expect(outcome).toMatch(/57P01|Connection terminated|not queryable/);
    }
    await lock.release();
    await eventually(
      async () => (await outcomeOf(persistence.tasks.find(scope, id))) === 'fulfilled',
    );
  });

  it('keeps a session in which a statement lost a connection of PostgreSQL to another node', async () => {
    const [failing, other] = [await aTask(), await aTask()];
    await database.query(
      `create function lose() returns trigger language plpgsql as $$
       begin
         raise exception using errcode = '08006';
       end $$;
       create trigger lose before update on tasks for each row
         when (new.id = '${failing.id}') execute function lose()`,
    );
    const toggle = ({ scope, id }: typeof other) =>
      outcomeOf(persistence.tasks.complete(scope, id, undefined, undefined));
    proxy.clear();

    const outcomes = await Promise.all([toggle(failing), toggle(other), toggle(failing)]);

    expect(outcomes).toEqual(['08006', 'fulfilled', '08006']);
    expect(proxy.sent.filter(({ kind }) => kind === 'Parse')).toEqual([]);
    await database.query('drop function lose cascade');
  });

  it('continues after a statement that waited too long for a lock', async () => {
    const { scope, id } = await aTask();
    const other = await aTask();
    const lock = await RowLock.on(database, id);

    const [late, ...others] = await Promise.all([
      outcomeOf(persistence.tasks.complete(scope, id, true, undefined)),
      ...Array.from({ length: 6 }, () => persistence.tasks.find(other.scope, other.id)),
    ]);

    expect(late).toBe('55P03');
    for (const found of others) expect(found?.json).toContain(other.scope.userId);
    await lock.release();
  });

  it('trusts no connection whose answers are out of step', async () => {
    const { scope, id } = await aTask();
    const scopeEntered = mode === 'implicit' ? 'enter_scope' : 'begin_scope';
    let torn = 0;
    // The Bind and the Execute of the first step are lost, as they were in a pooler.
    proxy.tamper = ({ kind, statement, bytes }) => {
      if (kind === 'Bind' && statement === scopeEntered && torn === 0) torn = 1;
      else if (kind === 'Execute' && torn === 1) torn = 2;
      else return bytes;
      return Buffer.alloc(0);
    };

    await expect(persistence.tasks.find(scope, id)).rejects.toThrow('out of step');

    await eventually(
      async () => (await outcomeOf(persistence.tasks.find(scope, id))) === 'fulfilled',
    );
  });

  it('cuts the connection rather than send half a flush', async () => {
    const { scope, id } = await aTask();
    const notText = 7 as unknown as string;

    await expect(persistence.tasks.find(scope, notText)).rejects.toThrow('must be of type string');

    await eventually(
      async () => (await outcomeOf(persistence.tasks.find(scope, id))) === 'fulfilled',
    );
  });

  it('gives up on a server that is frozen', async () => {
    const { scope, id } = await aTask();
    const frozen = await WireProxy.start(database.endpoint.api);
    const behind = await Persistence.open(frozen.before(database.endpoint), {
      DATABASE_SCOPE: mode,
    });
    stopClock();
    frozen.silence();

    frozen.clear();
    const outcome = outcomeOf(behind.tasks.find(scope, id));
    await eventually(() => frozen.sent.some(({ kind }) => kind === 'Sync'));
    jest.advanceTimersByTime(2_000);

    expect(await outcome).toContain('Connection terminated');
    await frozen.stop();
    await behind.close();
  });

  it('gives up on a server that freezes while a lane opens', async () => {
    const frozen = await WireProxy.start(database.endpoint.api);
    stopClock();
    frozen.tamper = ({ kind, bytes }) => {
      if (kind === 'Parse') frozen.silence();
      return bytes;
    };

    const opened = outcomeOf(
      LoneLane.open(
        { session: frozen.settings, mode: 'implicit', ...OWN_SESSION, waits: DATABASE_WAITS },
        [{ name: 'any', text: 'select 1' }],
      ),
    );
    await eventually(() => frozen.sent.some(({ kind }) => kind === 'Sync'));
    jest.advanceTimersByTime(2_000);

    expect(await opened).toContain('Connection terminated');
    await frozen.stop();
  });

  it('answers overloaded at once if a lane has no room', async () => {
    const { scope, id } = await aTask();
    const lock = await RowLock.on(database, id);
    const single = await open({ DATABASE_LANES: '1' });

    const first = outcomeOf(single.tasks.complete(scope, id, true, undefined));
    const rest = Array.from({ length: 600 }, () =>
      outcomeOf(single.tasks.find(UserScope.of(newTask().id), id)),
    );
    const refused = (await Promise.all(rest)).filter((outcome) => outcome === 'overloaded');

    expect(refused).toHaveLength(600 - 511);
    expect(await first).toBe('55P03');
    await lock.release();
    await single.close();
  });

  it('keeps half of the room for others, however much one user asks', async () => {
    const [greedy, other] = [await aTask(), await aTask()];
    const single = await open({ DATABASE_LANES: '1' });

    const crowd = Array.from({ length: 600 }, () =>
      outcomeOf(single.tasks.find(greedy.scope, greedy.id)),
    );
    const rest = Array.from({ length: 256 }, () =>
      outcomeOf(single.tasks.find(other.scope, other.id)),
    );

    const outcomes = await Promise.all(crowd);
    expect(outcomes.filter((outcome) => outcome === 'fulfilled')).toHaveLength(256);
    expect(outcomes.filter((outcome) => outcome === 'overloaded')).toHaveLength(600 - 256);
    expect(new Set(await Promise.all(rest))).toEqual(new Set(['fulfilled']));
    await single.close();
  });

  it('gives a newcomer a place that one of a few users has taken, who is refused', async () => {
    const [one, two, newcomer] = [await aTask(), await aTask(), await aTask()];
    const single = await open({ DATABASE_LANES: '1' });
    const ask = (count: number, { scope, id }: typeof one) =>
      Array.from({ length: count }, () => outcomeOf(single.tasks.find(scope, id)));

    const few = [one, two].flatMap((owned) => ask(256, owned));
    const rest = ask(100, newcomer);

    expect(new Set(await Promise.all(rest))).toEqual(new Set(['fulfilled']));
    const outcomes = await Promise.all(few);
    expect(outcomes.filter((outcome) => outcome === 'fulfilled')).toHaveLength(512 - 100);
    for (const half of [outcomes.slice(0, 256), outcomes.slice(256)]) {
      expect(half.filter((outcome) => outcome === 'overloaded')).toHaveLength(50);
    }
    await single.close();
  });

  it('gives a newcomer a place among those who wait for a lane, too', async () => {
    const [crowd, newcomer] = [await aTask(), await aTask()];
    const own = await WireProxy.start(database.endpoint.api);
    const cut = await Persistence.open(own.before(database.endpoint), { DATABASE_SCOPE: mode });
    await own.sleep();
    await eventually(() => cut.lanes.load.open === 0);

    const waiting = Array.from({ length: 512 }, () =>
      outcomeOf(cut.tasks.find(crowd.scope, crowd.id)),
    );
    const last = outcomeOf(cut.tasks.find(newcomer.scope, newcomer.id));

    expect(await waiting.at(-1)).toBe('overloaded');
    await own.wake();
    expect(await last).toBe('fulfilled');
    expect(new Set(await Promise.all(waiting.slice(0, -1)))).toEqual(new Set(['fulfilled']));
    await cut.close();
    await own.stop();
  });

  it('lets what is in flight finish when it closes, and leaves no connection behind', async () => {
    const { scope, id } = await aTask();
    const own = await WireProxy.start(database.endpoint.api);
    const closing = await Persistence.open(own.before(database.endpoint), { DATABASE_SCOPE: mode });

    own.cut();
    await eventually(async () => (await outcomeOf(closing.tasks.find(scope, id))) === 'fulfilled');
    const last = outcomeOf(closing.tasks.find(scope, id));
    await closing.close();

    expect(await last).toBe('fulfilled');
    // The lane that was still on its way back goes, too.
    await eventually(() => own.sessions === 0);
    await own.stop();
  });

  it('closes in the face of a server that is frozen', async () => {
    const frozen = await WireProxy.start(database.endpoint.api);
    const behind = await Persistence.open(frozen.before(database.endpoint), {
      DATABASE_SCOPE: mode,
    });

    frozen.silence();
    await behind.lanes.close();

    await frozen.stop();
    await behind.source.destroy();
  });

  it('closes a connection that opens while it closes', async () => {
    const own = await WireProxy.start(database.endpoint.api);
    const session = { ...persistence.session, config: { ...persistence.session.config } };
    Object.assign(session.config, own.settings);
    const lanes = new Lanes(session, testEnv({ DATABASE_SCOPE: mode }));

    const opened = lanes.open();
    await lanes.close();
    await opened;

    await eventually(() => own.sessions === 0);
    await own.stop();
  });
});
