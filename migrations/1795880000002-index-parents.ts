import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

/** The way from a task to its subtasks. A task without a parent is not in it, so its writes cost as before. */
export class IndexParents1795880000002 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'ix_tasks_parent',
      on: 'tasks (user_id, parent_id) where parent_id is not null',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ix_tasks_parent');
  }
}
