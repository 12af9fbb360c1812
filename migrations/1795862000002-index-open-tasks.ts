import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

/** The commonest list of all: open tasks, newest first. It stays short however many are done. */
export class IndexOpenTasks1795862000002 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'ix_tasks_open',
      on: 'tasks (user_id, id) where not completed',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ix_tasks_open');
  }
}
