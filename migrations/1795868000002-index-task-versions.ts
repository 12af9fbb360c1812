import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

/** What has changed since a number: the index that the delta reads, in order. */
export class IndexTaskVersions1795868000002 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'ix_tasks_version',
      on: 'tasks (user_id, version)',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ix_tasks_version');
  }
}
