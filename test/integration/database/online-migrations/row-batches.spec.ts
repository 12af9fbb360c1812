import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DatabaseSession } from '../../../../src/database/session/database-session';
import { checkIsolation } from '../../../../src/database/isolation/isolation-gate';
import { migrate } from '../../../../src/database/schema/migrate';
import { inRowBatches } from '../../../../src/database/online-migrations/row-batches';
import { OrdinaryOwner } from '../../../support/database/ordinary-owner';
import { RowLock } from '../../../support/database/row-lock';
import {
  AddLength9000000000001,
  FillLength9000000000003,
} from '../../../support/database/sample-migrations';

class FillAtOnce9000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('update tasks set length = char_length(title)');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

class CountTasks9000000000005 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table counts (user_id uuid primary key, tasks bigint not null)');
    await inRowBatches(runner, {
      table: 'users',
      statement: `
        insert into counts
        select id, (select count(*) from tasks where user_id = batch.id) from batch`,
    });
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

describe('inRowBatches', () => {
  let owner: OrdinaryOwner;

  beforeEach(async () => {
    owner = await OrdinaryOwner.create();
    await owner.fill(3, 150);
  });
  afterEach(() => owner.drop());

  const run = (...migrations: (new () => MigrationInterface)[]) =>
    migrate(owner.settings, migrations);
  const filled = async () =>
    owner.database.query(
      `select count(*)::int as all, count(length)::int as filled, count(distinct xmin::text)::int as transactions
       from tasks`,
    );

  it('rewrites all rows of an owner whom row-level security binds, some at a time', async () => {
    await run(AddLength9000000000001, FillLength9000000000003);

    expect(await filled()).toEqual([{ all: 450, filled: 450, transactions: 5 }]);
  });

  it('leaves row-level security as it was', async () => {
    const security = () =>
      owner.database.query(
        `select relname, relrowsecurity, relforcerowsecurity, polname, polroles::text
         from pg_class join pg_policy on polrelid = pg_class.oid order by relname, polname`,
      );
    const before = await security();

    await run(AddLength9000000000001, FillLength9000000000003);

    expect(await security()).toEqual(before);
  });

  it('reads and writes further tables, too', async () => {
    await run(CountTasks9000000000005);

    expect(await owner.database.query('select tasks from counts')).toEqual(
      Array(3).fill({ tasks: '150' }),
    );
  });

  it('waits for a row that somebody else has locked', async () => {
    await run(AddLength9000000000001);
    const [task] = await owner.database.query<{ id: string }>('select id from tasks limit 1');
    const lock = await RowLock.on(owner.database, String(task?.id));

    const migrating = run(FillLength9000000000003);
    await lock.blocks(1);
    const { config } = await DatabaseSession.negotiate(owner.database.endpoint.api);
    const seenMeanwhile = await checkIsolation(config);
    await lock.release();
    await migrating;

    expect(await filled()).toMatchObject([{ filled: 450 }]);
    // What is open to the owner meanwhile is not open to requests.
    expect(seenMeanwhile).toEqual([]);
  });

  it('is needed: without it an update of rows is refused, rather than change none', async () => {
    await run(AddLength9000000000001);

    await expect(run(FillAtOnce9000000000004)).rejects.toThrow(
      'query would be affected by row-level security policy for table "tasks"',
    );
  });
});
