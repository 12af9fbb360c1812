import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import type { TaskFields } from '../../../../src/tasks/dto/write-task.dto';
import { newTask } from '../../../../src/tasks/task-id';
import { UserScope } from '../../../../src/user-scope/user-scope';
import { stopClock } from '../../../support/app/clock';
import { eventually } from '../../../support/app/eventually';
import { outcomeOf } from '../../../support/app/outcome';
import { PATIENT_WAITS } from '../../../support/app/patient-waits';
import { Persistence } from '../../../support/database/persistence';
import { RowLock } from '../../../support/database/row-lock';
import { TestDatabase } from '../../../support/database/test-database';
import { expectGrowing } from '../../../support/database/versions';
import { WireProxy } from '../../../support/wire/wire-proxy';
import { NEW_TASK } from '../../../support/app/task-fields';

const FIELDS = { ...NEW_TASK, title: 'mine' };
const WAITING_FOR_LOCK = `select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;
/** PostgreSQL refuses these already as the value of the scope. */
const FAILING_SCOPE = {
  implicit: UserScope.of('\u0000'),
  transaction: UserScope.of('not a UUID'),
};
const REFUSED_SCOPE = { implicit: '22021', transaction: '22P02' };

interface OwnedTask {
  readonly scope: UserScope;
  readonly id: string;
  readonly version: string;
}

describe.each(['implicit', 'transaction'] as const)('A batch on a lane, in %s scope,', (mode) => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let persistence: Persistence;
  const scoped = { DATABASE_SCOPE: mode };
  const open = () => Persistence.open(proxy.before(database.endpoint), scoped);

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    persistence = await open();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  afterAll(async () => {
    await persistence.close();
    await proxy.stop();
    await database.drop();
  });

  const aTask = async (): Promise<OwnedTask> => {
    const scope = await persistence.newUser();
    const birth = newTask();
    const created = await persistence.tasks.create(scope, birth, FIELDS, { once: false });
    return { scope, id: birth.id, version: created.version };
  };
  const someTasks = async (count: number): Promise<[OwnedTask, ...OwnedTask[]]> => [
    await aTask(),
    ...(await Promise.all(Array.from({ length: count - 1 }, aTask))),
  ];
  const toggle = ({ scope, id }: OwnedTask, { tasks } = persistence) =>
    tasks.complete(scope, id, undefined, undefined);
  const flushes = () => proxy.sent.filter(({ kind }) => kind === 'Sync').length;

  it('carries concurrent requests of different users, and answers each with their own rows', async () => {
    const owned = await someTasks(30);
    const [stranger] = owned;
    proxy.clear();

    const found = await Promise.all(
      owned.map(({ scope, id }) => persistence.tasks.find(scope, id)),
    );
    expect(flushes()).toBe(1);
    found.forEach((task, n) => {
      expect(JSON.parse(task?.json ?? '')).toMatchObject({
        id: owned[n]?.id,
        user_id: owned[n]?.scope.userId,
      });
    });

    const foreign = await Promise.all(
      owned.slice(1).map(({ id }) => persistence.tasks.find(stranger.scope, id)),
    );
    expect(foreign).toEqual(Array.from({ length: 29 }, () => undefined));
  });

  it('gathers while another one is on its way', async () => {
    const [locked, ...others] = await someTasks(21);
    const lock = await RowLock.on(database, locked.id);
    proxy.clear();

    const first = toggle(locked);
    await lock.blocks(1);
    const rest = others.map((task) => toggle(task));
    await new Promise(setImmediate);
    await lock.release();
    await Promise.all([first, ...rest]);

    expect(flushes()).toBe(2);
  });

  it('holds nothing else while it waits for the feed, which the deletion of the account locks first', async () => {
    const task = await aTask();
    const patient = await Persistence.open(database.endpoint, scoped, PATIENT_WAITS);
    const deletion = new Client(database.endpoint.owner);
    await deletion.connect();
    await deletion.query('begin');
    await deletion.query('select enter_change($1, 1)', [task.scope.userId]);

    const writes = [
      outcomeOf(toggle(task, patient)),
      outcomeOf(patient.tasks.create(task.scope, newTask(), FIELDS, { once: false })),
      outcomeOf(patient.tasks.create(task.scope, newTask(), FIELDS, { once: true })),
    ];
    await eventually(async () => (await database.query(WAITING_FOR_LOCK)).length === 1);

    const rest = `select from users join tasks on user_id = users.id where users.id = $1 for update nowait`;
    expect(await outcomeOf(deletion.query(rest, [task.scope.userId]))).toBe('fulfilled');
    await deletion.query('rollback');
    await deletion.end();
    expect(await Promise.all(writes)).toEqual(Array<string>(3).fill('fulfilled'));
    await patient.close();
  });

  it('does everybody else’s writes, each of them once, where one or more fail', async () => {
    const owned = await someTasks(24);

    const outcomes = await Promise.all(
      owned.map((task, n) => {
        if (n % 8 === 1) return outcomeOf(persistence.tasks.find(FAILING_SCOPE[mode], task.id));
        if (n % 8 === 3) return outcomeOf(toggle({ ...task, scope: FAILING_SCOPE[mode] }));
        if (n % 8 === 5) return outcomeOf(toggle({ ...task, id: 'not a UUID' }));
        return outcomeOf(toggle(task));
      }),
    );

    const expected = owned.map((_, n) => {
      if (n % 8 === 1 || n % 8 === 3) return REFUSED_SCOPE[mode];
      return n % 8 === 5 ? '22P02' : 'fulfilled';
    });
    expect(outcomes).toEqual(expected);
    for (const [n, { scope, id, version }] of owned.entries()) {
      const [row] = await database.query<{ version: string; completed: boolean }>(
        'select version, completed from tasks where user_id = $1 and id = $2',
        [scope.userId, id],
      );
      const isWritten = expected[n] === 'fulfilled';
      expect(row?.completed).toBe(isWritten);
      if (isWritten) expectGrowing([version, row?.version]);
      else expect(row?.version).toBe(version);
    }
  });

  it('goes again as a whole, but for the statement that failed', async () => {
    const [failing, ...others] = await someTasks(20);
    proxy.clear();

    const outcomes = await Promise.all([
      outcomeOf(toggle({ ...failing, id: 'not a UUID' })),
      ...others.map((task) => outcomeOf(toggle(task))),
    ]);

    expect(outcomes).toEqual(['22P02', ...others.map(() => 'fulfilled')]);
    expect(flushes()).toBe(2);
  });

  it('delays others by one failure of a user, however many there are', async () => {
    const [locked, ...others] = await someTasks(21);
    const lock = await RowLock.on(database, locked.id);

    const failing = Array.from({ length: 10 }, () => outcomeOf(toggle(locked)));
    const rest = others.map((task) => outcomeOf(toggle(task)));

    expect(new Set(await Promise.all(rest))).toEqual(new Set(['fulfilled']));
    for (const outcome of await Promise.all(failing)) expect(outcome).toMatch(/55P03|overloaded/);
    await lock.release();
  });

  it('writes one row as often as it is asked to, in turn', async () => {
    const task = await aTask();

    const written = await Promise.all(Array.from({ length: 15 }, () => toggle(task)));

    expectGrowing([task.version, ...written.map((row) => row?.version)]);
    expect(written.map((row) => (JSON.parse(row?.json ?? '') as TaskFields).completed)).toEqual(
      Array.from({ length: 15 }, (_, n) => n % 2 === 0),
    );
  });

  it('never waits for one of another process that writes the same rows', async () => {
    const owned = await someTasks(20);
    const other = await Persistence.open(database.endpoint, scoped);
    const ofOne = { tasks: [...owned], persistence };
    const ofTheOther = { tasks: [...owned].reverse(), persistence: other };

    const written = new Map(owned.map(({ id, version }) => [id, [version]]));
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        [ofOne, ofTheOther].flatMap(({ tasks, persistence: by }) =>
          tasks.map(async (task) => {
            const row = await toggle(task, by).catch(() => undefined);
            written.get(task.id)?.push(row?.version ?? 'not written');
          }),
        ),
      );
    }

    const stored = await database.query<{ id: string; version: string }>(
      'select id, version from tasks where id = any ($1)',
      [owned.map(({ id }) => id)],
    );
    for (const { id, version } of stored) {
      const versions = written.get(id)?.toSorted() ?? [];
      expect(versions).toHaveLength(1 + 2 * 20);
      expectGrowing(versions);
      expect(versions.at(-1)).toBe(version);
    }
    await other.close();
    const [deadlocks] = await database.query(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(deadlocks).toEqual({ deadlocks: 0 });
  });

  it('of reads does not wait for a row that somebody has locked', async () => {
    const task = await aTask();
    const lock = await RowLock.on(database, task.id);

    const write = outcomeOf(toggle(task));
    await lock.blocks(1);
    const read = await persistence.tasks.find(task.scope, task.id);

    expect(read?.version).toBe(task.version);
    await lock.blocks(1);
    await lock.release();
    expect(await write).toBe('fulfilled');
  });

  it('that was not sent when its connection was lost goes on another one', async () => {
    const [locked, ...others] = await someTasks(9);
    const lock = await RowLock.on(database, locked.id);

    const first = outcomeOf(toggle(locked));
    await lock.blocks(1);
    const rest = others.map((task) => outcomeOf(toggle(task)));
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );

    expect(await first).toMatch(/57P01|Connection terminated/);
    expect(new Set(await Promise.all(rest))).toEqual(new Set(['fulfilled']));
    await lock.release();
    await eventually(() => persistence.lanes.load.open === 3);
  });

  it('that would wait for too long is refused, and never sent', async () => {
    const locked = await aTask();
    const late = await aTask();
    const lock = await RowLock.on(database, locked.id);
    stopClock();

    const first = outcomeOf(toggle(locked));
    await lock.blocks(1);
    proxy.clear();
    const second = outcomeOf(toggle(late));
    jest.advanceTimersByTime(1_001);

    expect(await second).toBe('overloaded');
    await lock.release();
    expect(await first).toBe('fulfilled');
    expect(proxy.sent).toEqual([]);
  });
});
