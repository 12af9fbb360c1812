import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  createIndexConcurrently,
  dropIndexConcurrently,
} from '../../../../src/database/online-migrations/concurrent-index';
import { diagnoseMigrations } from '../../../../src/cli/doctor/database-diagnosis';
import { migrate } from '../../../../src/database/schema/migrate';
import { eventually } from '../../../support/app/eventually';
import { LongReader } from '../../../support/database/long-reader';
import { OrdinaryOwner } from '../../../support/database/ordinary-owner';
import { IndexDoneTasks9000000000002 } from '../../../support/database/sample-migrations';

class IndexInTransaction9000000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, { name: 'ix_tasks_title', on: 'tasks (title)' });
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

class UniqueTitles9000000000004 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'uq_tasks_title',
      on: 'tasks (user_id, title)',
      unique: true,
    });
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

class DropDoneTasks9000000000005 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await dropIndexConcurrently(runner, 'ix_tasks_done');
    // As after an interruption.
    await dropIndexConcurrently(runner, 'ix_tasks_done');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

describe('createIndexConcurrently', () => {
  let owner: OrdinaryOwner;

  beforeEach(async () => {
    owner = await OrdinaryOwner.create();
    await owner.fill(2, 10);
  });
  afterEach(() => owner.drop());

  const indexes = (name: string) =>
    owner.database.query(
      `select pg_get_indexdef(indexrelid) as definition, indisvalid as valid
       from pg_index where indexrelid = to_regclass($1)`,
      [name],
    );
  const DONE_TASKS = {
    definition:
      'CREATE INDEX ix_tasks_done ON public.tasks USING btree (user_id, id) WHERE completed',
    valid: true,
  };

  it('makes an index, in a migration that leaves the transaction', async () => {
    expect(await migrate(owner.settings, [IndexDoneTasks9000000000002])).toEqual([
      'IndexDoneTasks9000000000002',
    ]);

    expect(await indexes('ix_tasks_done')).toEqual([DONE_TASKS]);
  });

  it('waits for older transactions, for as long as they take', async () => {
    const reader = await LongReader.on(owner.database);
    const migrating = migrate(owner.settings, [IndexDoneTasks9000000000002]);
    // Longer than any other statement of a migration would wait.
    await eventually(async () => {
      const waiting = await owner.database.query(
        `select from pg_locks join pg_stat_activity using (pid)
         where datname = current_database() and locktype = 'virtualxid' and not granted
           and waitstart < clock_timestamp() - interval '500 ms'`,
      );
      return waiting.length > 0;
    });
    await reader.end();

    expect(await migrating).toEqual(['IndexDoneTasks9000000000002']);
    expect(await indexes('ix_tasks_done')).toEqual([DONE_TASKS]);
  });

  it('makes an invalid index anew, which an interrupted attempt has left', async () => {
    await owner.database.query('create index ix_tasks_done on tasks (title)');
    await owner.database.query(`alter index ix_tasks_done owner to ${owner.login.name}`);
    await owner.database.query(
      `update pg_index set indisvalid = false where indexrelid = 'ix_tasks_done'::regclass`,
    );

    await migrate(owner.settings, [IndexDoneTasks9000000000002]);

    expect(await indexes('ix_tasks_done')).toEqual([DONE_TASKS]);
  });

  it('makes it again after a failure, which is not recorded as done', async () => {
    await owner.database.query(`update tasks set title = 'twice'`);
    await expect(migrate(owner.settings, [UniqueTitles9000000000004])).rejects.toMatchObject({
      code: '23505',
    });
    expect(await indexes('uq_tasks_title')).toMatchObject([{ valid: false }]);

    await owner.database.query(`update tasks set title = id::text`);

    expect(await migrate(owner.settings, [UniqueTitles9000000000004])).toHaveLength(1);
    expect(await indexes('uq_tasks_title')).toMatchObject([{ valid: true }]);
  });

  it('lets another process wait for its turn, without waiting for that one', async () => {
    const ran = await Promise.all(
      Array.from({ length: 3 }, () => migrate(owner.settings, [IndexDoneTasks9000000000002])),
    );

    expect(ran.flat()).toEqual(['IndexDoneTasks9000000000002']);
    expect(await indexes('ix_tasks_done')).toEqual([DONE_TASKS]);
  });

  it('is reported by the doctor if an operator has left it invalid, with the SQL that repairs it', async () => {
    const { endpoint } = owner.database;
    const run = (sql: string) => owner.database.query(sql);
    await run('create index by_title on tasks (title); create index pk_tasks_ccnew on tasks (id)');
    await run(
      `update pg_index set indisvalid = false
       where indexrelid in ('by_title'::regclass, 'pk_tasks_ccnew'::regclass)`,
    );

    const { indexRepairs } = await diagnoseMigrations(endpoint);
    for (const sql of indexRepairs) await run(sql);

    expect(indexRepairs).toEqual([
      'reindex index concurrently public.by_title;',
      'drop index concurrently public.pk_tasks_ccnew;',
    ]);
    expect(await indexes('by_title')).toMatchObject([{ valid: true }]);
    expect((await diagnoseMigrations(endpoint)).indexRepairs).toEqual([]);
  });

  it('has a counterpart, which drops an index beside a transaction that uses its table', async () => {
    await migrate(owner.settings, [IndexDoneTasks9000000000002]);
    const reader = await LongReader.on(owner.database);
    const migrating = migrate(owner.settings, [DropDoneTasks9000000000005]);
    // It is no longer used, and goes when the reader has ended.
    await eventually(async () => (await indexes('ix_tasks_done'))[0]?.['valid'] === false);
    await owner.database.query(`update tasks set title = 'written meanwhile'`);
    await reader.end();

    expect(await migrating).toHaveLength(1);
    expect(await indexes('ix_tasks_done')).toEqual([]);
  });

  it('says what a migration lacks that is in a transaction', async () => {
    await expect(migrate(owner.settings, [IndexInTransaction9000000000003])).rejects.toThrow(
      'readonly transaction = false',
    );
  });
});
