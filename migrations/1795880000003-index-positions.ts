import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

/** No two tasks of a user have the same position. A task that was never moved is not in it. */
export const INDEX_OF_POSITIONS = {
  name: 'ux_tasks_position',
  on: 'tasks (user_id, position) where position is not null',
  unique: true,
} as const;

export class IndexPositions1795880000003 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, INDEX_OF_POSITIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ux_tasks_position');
  }
}
