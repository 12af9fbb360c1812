import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrations } from '../../migrations';
import { distribute } from '../../src/database/citus/distribute';
import { createIndexConcurrently } from '../../src/database/online-migrations/concurrent-index';
import { inRowBatches } from '../../src/database/online-migrations/row-batches';
import { type Migration, migratorOptions } from '../../src/database/schema/data-source-options';
import { migrate } from '../../src/database/schema/migrate';
import { eventually } from '../support/app/eventually';
import { UndistributedCluster } from '../support/citus/undistributed-cluster';
import { CreateLabels9000000000004 } from '../support/database/sample-migrations';
import { publishedWorkers } from '../support/database/test-cluster';
import { describeWith } from '../support/requirements';

const USERS = 6;
const TASKS = 100;

class ChangeSeveralTables9000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table tasks add column colour text not null default 'none'`);
    await runner.query(
      'alter table tasks add constraint ck_tasks_colour check (char_length(colour) < 20) not valid',
    );
    await runner.query('alter table users add column nickname text');
    await runner.query('alter table feeds add column seen bigint');
    await runner.query(`
      create function twice(n integer) returns integer
      language sql immutable as 'select 2 operator(pg_catalog.*) n'`);
    await runner.query('revoke execute on function twice(integer) from public');
    await runner.query('grant execute on function twice(integer) to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function twice(integer)');
    await runner.query('alter table feeds drop column seen');
    await runner.query('alter table users drop column nickname');
    await runner.query('alter table tasks drop column colour');
  }
}

class ValidateColours9000000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks validate constraint ck_tasks_colour');
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

class IndexColours9000000000003 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'ix_tasks_colour',
      on: 'tasks (user_id, colour)',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ix_tasks_colour');
  }
}

class FillBoth9000000000005 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await inRowBatches(runner, {
      table: 'tasks',
      statement: `update tasks set colour = 'red' from batch
        where tasks.user_id = batch.user_id and tasks.id = batch.id`,
    });
    await inRowBatches(runner, {
      table: 'users',
      statement: `insert into labels select id, 'mine' from batch on conflict do nothing`,
    });
  }

  async down(): Promise<void> {
    return Promise.resolve();
  }
}

const LATER: readonly Migration[] = [
  ChangeSeveralTables9000000000001,
  ValidateColours9000000000002,
  IndexColours9000000000003,
  CreateLabels9000000000004,
  FillBoth9000000000005,
];

describeWith('citus', 'Migrations of a later release, on distributed tables with rows', () => {
  let cluster: UndistributedCluster;

  beforeAll(async () => {
    cluster = await UndistributedCluster.create();
    await cluster.fill(USERS, TASKS);
    await distribute(cluster.endpoint, { shards: 4 });
  });
  afterAll(() => cluster.drop());

  it('name the node where their owner lacks rights, and what gives them', async () => {
    const { user } = cluster.endpoint.owner;
    const sql = `alter database ${cluster.name} owner to`;
    await cluster.queryWorker(`${sql} current_user`);

    await expect(
      migrate(cluster.endpoint.owner, [...migrations, ChangeSeveralTables9000000000001]),
    ).rejects.toThrow(
      new RegExp(
        `:${publishedWorkers()[0]?.port} refuses .*permission denied.* owner to "${user}"`,
      ),
    );
    await cluster.queryWorker(`${sql} ${user}`);
  });

  it('give up where a shard is in use on a worker, so that nobody waits behind them, and go on later', async () => {
    const [shard] = await cluster.query<{ name: string }>(
      `select shard_name as name from citus_shards
       where table_name = 'tasks'::regclass and nodeport = ${publishedWorkers()[0]?.port} limit 1`,
    );
    const reader = await cluster.openWorker();
    await reader.query(`begin; select from ${shard?.name} limit 1`);
    const waiting = async (): Promise<boolean> => {
      const { rowCount } = await reader.query(
        `select from pg_locks where relation = '${shard?.name}'::regclass and not granted`,
      );
      return rowCount !== 0;
    };
    const [first = ChangeSeveralTables9000000000001] = LATER;
    const migration = migrate(cluster.endpoint.owner, [...migrations, first]);

    await eventually(waiting);
    await eventually(async () => !(await waiting()));
    await reader.end();

    expect(await migration).toEqual([first.name]);
  });

  it('run as their owner, on every shard', async () => {
    const ran = await migrate(cluster.endpoint.owner, [...migrations, ...LATER]);
    expect(ran).toEqual(LATER.slice(1).map(({ name }) => name));
    expect(
      await cluster.query(
        `select (select count(*)::int from tasks where colour = 'red') as red,
           (select count(*)::int from labels) as labels`,
      ),
    ).toEqual([{ red: USERS * TASKS, labels: USERS }]);
  });

  it('protect a new table as they do the others, and keep its rows beside those of its user', async () => {
    const [placed] = await cluster.query(
      `select (select colocationid from pg_dist_partition where logicalrelid = 'labels'::regclass)
         = (select colocationid from pg_dist_partition where logicalrelid = 'tasks'::regclass) as beside`,
    );
    expect(placed).toEqual({ beside: true });
    const protection = (table: string): Promise<object[]> =>
      cluster.query(
        `select distinct replace(result, '${table}', 'a table') as found
         from run_command_on_shards('${table}', $cmd$
           select json_build_array(relrowsecurity, relforcerowsecurity, relacl,
             (select json_agg(json_build_array(polname, polcmd, pg_get_expr(polqual, polrelid),
                pg_get_expr(polwithcheck, polrelid))) from pg_policy where polrelid = pg_class.oid))
           from pg_class where oid = '%s'::regclass $cmd$)`,
      );
    expect(await protection('labels')).toEqual(await protection('tasks'));
    expect(await protection('labels')).toHaveLength(1);
  });

  it('leave no shard without its index, and none open to the owner', async () => {
    const count = (table: string, where: string): Promise<object[]> =>
      cluster.query(
        `select sum(result::int)::int as sum, count(*)::int as shards from run_command_on_shards('tasks', $cmd$
           select count(*) from ${table} where ${where} $cmd$)`,
      );
    expect(
      await count(
        'pg_index',
        `indrelid = '%s'::regclass and indexrelid::regclass::text ~ 'colour' and indisvalid`,
      ),
    ).toEqual([{ sum: 4, shards: 4 }]);
    expect(
      await count('pg_policy', `polrelid = '%s'::regclass and polname <> 'own_tasks'`),
    ).toEqual([{ sum: 0, shards: 4 }]);
  });

  it('are undone, one after the other', async () => {
    const source = new DataSource(
      migratorOptions(cluster.endpoint.owner, [...migrations, ...LATER]),
    );
    await source.initialize();
    try {
      for (const { name } of LATER.toReversed()) {
        await source.undoLastMigration({ transaction: 'each' });
        expect(
          await cluster.query(`select from task_api_migrations where name = '${name}'`),
        ).toEqual([]);
      }
    } finally {
      await source.destroy();
    }
    expect(
      await cluster.query(
        `select to_regclass('labels') as labels,
           (select count(*)::int from pg_attribute
            where attrelid = 'tasks'::regclass and attname = 'colour') as colours,
           (select count(*)::int from task_api_migrations) as applied`,
      ),
    ).toEqual([{ labels: null, colours: 0, applied: migrations.length }]);
  });
});
