import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

export class IndexPositionsAgain1795885000002 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'ux_tasks_position',
      on: 'tasks (user_id, position) where position is not null',
      unique: true,
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ux_tasks_position');
  }
}
