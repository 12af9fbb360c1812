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
import { Logger } from '@nestjs/common';
import { hashOfUuid } from '../../../../src/database/citus/shard-map';
import { WorkerLanes } from '../../../../src/database/citus/worker-lanes';
import { newTask } from '../../../../src/tasks/task-id';
import { UserScope } from '../../../../src/user-scope/user-scope';
import { skipTime } from '../../../support/app/clock';
import { eventually } from '../../../support/app/eventually';
import { outcomeOf } from '../../../support/app/outcome';
import { NEW_TASK } from '../../../support/app/task-fields';
import { testEnv } from '../../../support/app/test-env';
import { Persistence } from '../../../support/database/persistence';
import { RecordedLog } from '../../../support/app/recorded-log';
import { TestDatabase } from '../../../support/database/test-database';
import { WireProxy } from '../../../support/wire/wire-proxy';

const FIELDS = { ...NEW_TASK, title: 'mine' };
const VARIABLES = { DATABASE_SCOPE: 'transaction' };

/** As much of the catalogue of Citus as says where shards are: those of the lower hashes are on node 1. */
const CATALOGUE = `
  set allow_system_table_mods = on;
  create table pg_catalog.pg_dist_node (groupid int, nodename text, nodeport int, noderole text,
    isactive boolean, hasmetadata boolean, metadatasynced boolean);
  create table pg_catalog.pg_dist_shard (shardid bigint, logicalrelid regclass, shardminvalue text);
  create table pg_catalog.pg_dist_placement (shardid bigint, groupid int);
  insert into pg_catalog.pg_dist_shard values (1, 'tasks', '-2147483648'), (2, 'tasks', '0');
  insert into pg_catalog.pg_dist_placement values (1, 1), (2, 2);
  grant select on pg_catalog.pg_dist_node, pg_catalog.pg_dist_shard, pg_catalog.pg_dist_placement to public`;

/** Each worker is another way to the same PostgreSQL. */
describe('Lanes to the workers of Citus', () => {
  let database: TestDatabase;
  let coordinator: WireProxy;
  let workers: readonly [WireProxy, WireProxy];
  let persistence: Persistence;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await TestDatabase.create();
    await database.query(CATALOGUE);
    coordinator = await WireProxy.start(database.endpoint.api);
    workers = [
      await WireProxy.start(database.endpoint.api),
      await WireProxy.start(database.endpoint.api),
    ];
    await database.query(
      `insert into pg_catalog.pg_dist_node
         select n, '127.0.0.1', port, 'primary', true, true, true
         from unnest($1::int[]) with ordinality as node (port, n)`,
      [workers.map(({ port }) => port)],
    );
  });
  const open = async (): Promise<void> => {
    persistence = await Persistence.open(coordinator.before(database.endpoint), VARIABLES);
    const { lanes, session } = persistence;
    await WorkerLanes.openBeside(lanes, session, testEnv(VARIABLES).database);
    for (const proxy of [coordinator, ...workers]) proxy.clear();
  };
  beforeEach(open);
  afterEach(async () => {
    jest.useRealTimers();
    await persistence.close();
  });
  afterAll(async () => {
    for (const proxy of [coordinator, ...workers]) await proxy.stop();
    await database.drop();
  });

  const someTasks = async (count: number) => {
    const owned = await Promise.all(
      Array.from({ length: count }, async () => {
        const scope = await persistence.newUser();
        const birth = newTask();
        await persistence.tasks.create(scope, birth, FIELDS, { once: false });
        return { scope, id: birth.id };
      }),
    );
    for (const proxy of [coordinator, ...workers]) proxy.clear();
    return owned;
  };
  const usersAt = (proxy: WireProxy, name: string) =>
    proxy.sent.flatMap(({ kind, statement, values }) =>
      kind === 'Bind' && statement === name ? [values?.[0]] : [],
    );
  const homeOf = ({ userId }: UserScope) => workers[hashOfUuid(userId) < 0 ? 0 : 1];

  it('know the hash by which PostgreSQL distributes users', async () => {
    const rows = await database.query<{ id: string; hash: number }>(
      `select id::text, uuid_hash(id) as hash
       from (select gen_random_uuid() as id from generate_series(1, 1000)) made`,
    );

    expect(rows.filter(({ id, hash }) => hashOfUuid(id) !== hash)).toEqual([]);
  });

  it('carry what users ask to the worker that has their rows, and new accounts to the coordinator', async () => {
    const owned = await someTasks(16);

    const found = await Promise.all(
      owned.map(({ scope, id }) => persistence.tasks.find(scope, id)),
    );
    await Promise.all(
      owned.map(({ scope, id }) => persistence.tasks.complete(scope, id, true, undefined)),
    );
    await persistence.newUser();

    found.forEach((task, n) => expect(task?.json).toContain(owned[n]?.scope.userId));
    for (const worker of workers) {
      const own = owned.filter(({ scope }) => homeOf(scope) === worker);
      const ids = own.map(({ scope }) => scope.userId).sort();
      expect(usersAt(worker, 'task_get').sort()).toEqual(ids);
      expect(usersAt(worker, 'task_complete').sort()).toEqual(ids);
      expect(worker.sent.filter(({ kind }) => kind === 'Sync')).toHaveLength(
        ids.length > 0 ? 2 : 0,
      );
    }
    const atCoordinator = coordinator.sent.flatMap(({ statement = '' }) => statement || []);
    expect(atCoordinator.filter((name) => name.startsWith('task_'))).toEqual([]);
    expect(usersAt(coordinator, 'user_insert')).toHaveLength(1);
  });

  it('leave users to the coordinator while their worker is away, and carry them again afterwards', async () => {
    const owned = await someTasks(16);
    const [away, other] = workers;
    const find = () =>
      Promise.all(owned.map(({ scope, id }) => outcomeOf(persistence.tasks.find(scope, id))));

    await away.sleep();
    await eventually(async () => new Set(await find()).size === 1);
    expect(new Set(await find())).toEqual(new Set(['fulfilled']));
    expect(usersAt(coordinator, 'task_get').length).toBeGreaterThan(0);
    expect(usersAt(other, 'task_get').length).toBeGreaterThan(0);

    await away.wake();
    away.clear();
    await eventually(async () => {
      await find();
      return usersAt(away, 'task_get').length > 0;
    });
  });

  it('follow a shard that has moved, at the next look', async () => {
    const owned = await someTasks(16);
    const [from, to] = workers;
    const find = () => Promise.all(owned.map(({ scope, id }) => persistence.tasks.find(scope, id)));
    await database.query('update pg_catalog.pg_dist_placement set groupid = 2');

    expect((await find()).every((task) => task !== undefined)).toBe(true);
    expect(usersAt(from, 'task_get').length).toBeGreaterThan(0);

    skipTime(60_001);
    await find();
    // The lanes to it are left with its last shard.
    await eventually(() => from.sessions === 0);
    to.clear();
    await find();
    expect(usersAt(to, 'task_get')).toHaveLength(16);
    await database.query('update pg_catalog.pg_dist_placement set groupid = shardid');
  });

  it('report each time anew that nobody says where users are', async () => {
    const recorded = new RecordedLog();
    Logger.overrideLogger(recorded.log);
    const [{ scope, id } = { scope: UserScope.of(''), id: '' }] = await someTasks(1);
    const look = async (isKnown: boolean): Promise<void> => {
      const change = isKnown ? 'grant select on $ to public' : 'revoke select on $ from public';
      await database.query(change.replace('$', 'pg_catalog.pg_dist_node'));
      skipTime(60_001);
      expect(await persistence.tasks.find(scope, id)).toBeDefined();
    };
    const reports = () => recorded.text.split('could not read which worker').length - 1;

    await look(false);
    await eventually(() => reports() === 1);
    for (const worker of workers) worker.clear();
    await look(true);
    // A worker is looked at once its users are known.
    await eventually(() => workers.every(({ sent }) => sent.length > 0));
    await look(false);
    await eventually(() => reports() === 2);
    await look(true);
    Logger.overrideLogger(false);
  });

  it('do not open where a worker does not isolate users', async () => {
    await persistence.close();
    await database.query('alter table tasks no force row level security');
    await open();
    const [{ scope, id } = { scope: UserScope.of(''), id: '' }] = await someTasks(1);

    expect(await persistence.tasks.find(scope, id)).toBeDefined();

    expect(usersAt(coordinator, 'task_get')).toEqual([scope.userId]);
    expect(workers.map(({ sessions }) => sessions)).toEqual([0, 0]);
    await database.query('alter table tasks force row level security');
  });
});
