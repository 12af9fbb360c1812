import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dropIndexConcurrently } from '../src/database/online-migrations/concurrent-index';

/**
 * A partial index is built anew, while everybody waits, when its column changes its type. So the index makes room
 * for the next migration, and the one after that makes it again. Meanwhile positions stay unique, because whatever
 * gives one holds the lock of the feed and looks at the others.
 */
export class DropIndexOfPositions1795885000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await dropIndexConcurrently(runner, 'ux_tasks_position');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create unique index ux_tasks_position on tasks (user_id, position) where position is not null`);
  }
}
