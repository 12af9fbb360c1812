import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently } from '../src/database/online-migrations/concurrent-index';
import { INDEX_OF_POSITIONS } from './1795880000003-index-positions';

export class IndexPositionsAgain1795885000002 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, INDEX_OF_POSITIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index ux_tasks_position');
  }
}
