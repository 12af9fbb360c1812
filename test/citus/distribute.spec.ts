import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { distribute } from '../../src/database/citus/distribute';
import { ENTITIES, everyStatement } from '../../src/cli/distribute/every.statements';
import { examineCluster } from '../../src/database/citus/examine-cluster';
import { plansOf } from '../../src/database/citus/statement-plans';
import { withClient } from '../../src/database/session/client';
import { UndistributedCluster } from '../support/citus/undistributed-cluster';
import { describeWith } from '../support/requirements';

const USERS = 12;
const TASKS = 5;

const LOCAL = { users: 'local', tasks: 'local', feeds: 'local', trash: 'local', replies: 'local' };
const ROWS = { users: USERS, tasks: USERS * TASKS, feeds: USERS, forced: true };

describeWith('citus', 'The tables of a cluster, in this order of its tests,', () => {
  let cluster: UndistributedCluster;

  beforeAll(async () => {
    cluster = await UndistributedCluster.create();
    await cluster.fill(USERS, TASKS);
  });
  afterAll(() => cluster.drop());

  /** How many rows there are, and where each table is. */
  const tables = async (): Promise<object> => {
    const { facts } = (await examineCluster(cluster.endpoint)) ?? {};
    const [rows] = await cluster.query(
      `select (select count(*)::int from users) as users, (select count(*)::int from tasks) as tasks,
         (select count(*)::int from feeds) as feeds,
         (select bool_and(relforcerowsecurity) from pg_class
          where relname in ('users', 'tasks', 'feeds', 'trash', 'replies')) as forced`,
    );
    const kinds = facts?.tables.map(({ name, kind }) => [name, kind]) ?? [];
    return { ...rows, kinds: Object.fromEntries(kinds) };
  };

  it('stay where the role of requests cannot log in to the nodes, which the SQL allows', async () => {
    const sql = `connect on database "${cluster.name}"`;
    await cluster.query(`revoke ${sql} from task_api`);
    await expect(distribute(cluster.endpoint)).rejects.toThrow(`  grant ${sql} to "task_api";`);
    await cluster.query(`grant ${sql} to task_api`);
  });

  it('stay where one of them is distributed otherwise', async () => {
    await cluster.query(`select create_distributed_table('task_api_migrations', 'id')`);
    await expect(distribute(cluster.endpoint)).rejects.toThrow(
      /the table task_api_migrations is distributed by id.*\n.*\n {2}select undistribute_table\(/,
    );
    await cluster.query(`select undistribute_table('task_api_migrations')`);
  });

  it('stay where their owner could move rows, and would lose them', async () => {
    const mover = 'undistribute_table(regclass,boolean)';
    await cluster.query(`grant execute on function ${mover} to public`);
    const remedy = `revoke execute on function ${mover} from public;`;
    await expect(distribute(cluster.endpoint)).rejects.toThrow(`  ${remedy}`);
    await cluster.query(remedy);
  });

  it('are not distributed from a worker', async () => {
    const [at] = await workersOf(cluster);
    const { api, owner } = cluster.endpoint;
    await expect(
      distribute({ api: { ...api, ...at }, owner: { ...owner, ...at } }),
    ).rejects.toThrow('this node is a worker');
  });

  it('stay as they were where the last of them fails', async () => {
    // Citus distributes no table with a trigger.
    await cluster.query(
      `create function stay() returns trigger language plpgsql as 'begin return new; end'`,
    );
    await cluster.query(
      'create trigger stay before insert on replies for each row execute function stay()',
    );
    await expect(distribute(cluster.endpoint)).rejects.toThrow(/^Nothing was changed: .*trigger/);
    expect(await tables()).toMatchObject({ ...ROWS, kinds: LOCAL });
    await cluster.query('drop function stay() cascade');
  });

  it('are distributed with their rows, by an owner whom row-level security binds', async () => {
    expect(await distribute(cluster.endpoint, { shards: 4, isDry: true })).not.toEqual([]);
    expect(await tables()).toMatchObject({ ...ROWS, kinds: LOCAL });

    expect(await distribute(cluster.endpoint, { shards: 4 })).not.toEqual([]);
    expect(await tables()).toEqual({
      ...ROWS,
      kinds: {
        task_api_migrations: 'reference',
        users: 'reference',
        tasks: 'hash',
        feeds: 'hash',
        trash: 'hash',
        replies: 'hash',
      },
    });
    const [left] = await cluster.query(
      `select sum(pg_relation_size(oid))::int as bytes from pg_class
       where relname in ('users', 'tasks', 'feeds', 'task_api_migrations')`,
    );
    expect(left).toEqual({ bytes: 0 });
    expect(await distribute(cluster.endpoint)).toEqual([]);
  });

  it('are asked on one shard each, but for what moves a task between them', async () => {
    const plans = await plansOf(cluster.endpoint.api, ENTITIES, everyStatement);
    const inSteps = plans.filter(({ shards }) => shards.length !== 1);

    expect(inSteps.map(({ statement }) => statement)).toEqual([
      'task_replace_follow',
      'task_patch_follow',
      'task_complete_follow',
      'trash_restore',
    ]);
    expect(new Set(plans.flatMap(({ shards }) => shards))).toEqual(new Set([1]));
  });

  it('are asked on all shards by a statement that names no user, which is reported', async () => {
    const everybody = { name: 'everybody', text: 'select $1::uuid, count(*) from tasks' };

    expect(await plansOf(cluster.endpoint.api, ENTITIES, () => [everybody])).toEqual([
      { statement: 'everybody', shards: [4] },
    ]);
  });

  it('have every shard found that differs from its table, and mended by the remedy', async () => {
    const { shard } = await shardOfFirstWorker(cluster);
    await cluster.queryWorker(`alter table ${shard} no force row level security`);
    await cluster.queryWorker(`grant truncate on ${shard} to public`);
    await cluster.queryWorker(`create policy open on ${shard} using (true)`);
    const { findings } = (await examineCluster(cluster.endpoint)) ?? { findings: [] };
    expect(findings.map(({ what }) => what.replaceAll(/ on \S+:\d+/g, ''))).toEqual([
      `row-level security of ${shard} is not enabled and forced`,
      `${shard} has other policies than tasks`,
      `${shard} has other grants than tasks`,
    ]);
    await expect(distribute(cluster.endpoint)).rejects.toThrow('is not enabled and forced');

    await cluster.queryWorker(`drop policy open on ${shard}`);
    for (const { what, remedies } of findings) {
      if (!what.includes('policies')) for (const sql of remedies) await cluster.query(sql);
    }
    expect(await examineCluster(cluster.endpoint)).toMatchObject({ findings: [] });
  });

  it('have the rights of the coordinator on every node, after distribute has run again', async () => {
    await cluster.queryWorker('grant execute on function enter_scope(uuid) to public');
    await cluster.queryWorker(`grant temporary on database ${cluster.name} to public`);
    expect(await examineCluster(cluster.endpoint)).toMatchObject({ rightsDiffer: true });
    expect(await distribute(cluster.endpoint)).toContain(
      'revoke all on function enter_scope(uuid) from public',
    );
    const state = await examineCluster(cluster.endpoint);
    expect(state).toMatchObject({ findings: [], rightsDiffer: false });
  });

  it('keep their rows and their protection when a superuser moves or splits shards', async () => {
    const [from, to] = await workersOf(cluster);
    const { id } = await shardOfFirstWorker(cluster);
    await cluster.query(
      `select citus_move_shard_placement(${id}, '${from?.host}', ${from?.port}, '${to?.host}', ${to?.port},
         'block_writes')`,
    );
    const [user] = await cluster.query<{ id: string }>('select id from users limit 1');
    await cluster.query(
      `select isolate_tenant_to_new_shard('tasks', '${user?.id}', 'CASCADE', 'block_writes')`,
    );
    expect(await tables()).toMatchObject(ROWS);
    expect(await examineCluster(cluster.endpoint)).toMatchObject({ findings: [] });
  });

  it('are not moved by their owner', async () => {
    await withClient(cluster.endpoint.owner, async (client) => {
      const moving = client.query(`select undistribute_table('tasks', true)`);
      await expect(moving).rejects.toMatchObject({ code: '42501' });
    });
  });
});

interface Worker {
  readonly host: string;
  readonly port: number;
}

function workersOf(cluster: UndistributedCluster): Promise<readonly Worker[]> {
  return cluster.query<{ host: string; port: number }>(
    'select nodename as host, nodeport as port from pg_dist_node where groupid > 0 order by groupid',
  );
}

async function shardOfFirstWorker(
  cluster: UndistributedCluster,
): Promise<{ id: string; shard: string }> {
  const [worker] = await workersOf(cluster);
  const [row] = await cluster.query<{ id: string; shard: string }>(
    `select shardid as id, shard_name as shard from citus_shards
     where table_name = 'tasks'::regclass and nodename = '${worker?.host}' and nodeport = ${worker?.port}
     limit 1`,
  );
  if (row === undefined) throw new Error('The first worker has no shard of tasks');
  return row;
}
