import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../../../src/database/online-migrations/concurrent-index';
import { inRowBatches } from '../../../src/database/online-migrations/row-batches';
import { giveTableToUsers } from '../../../src/database/online-migrations/table-of-users';

/** Migrations as a release may have them. Nobody reverts those of lengths and of done tasks. */
export class AddLength9000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks add column length int');
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

export class IndexDoneTasks9000000000002 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'ix_tasks_done',
      on: 'tasks (user_id, id) where completed',
    });
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

export class FillLength9000000000003 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await inRowBatches(runner, {
      table: 'tasks',
      statement: `
        update tasks set length = char_length(title)
        from batch where tasks.user_id = batch.user_id and tasks.id = batch.id`,
      rows: 100,
    });
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}

export class CreateLabels9000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table labels (
        user_id uuid not null,
        name    text not null,
        constraint pk_labels primary key (user_id, name)
      )`);
    await giveTableToUsers(runner, 'labels');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table labels');
  }
}
