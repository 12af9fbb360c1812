import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads all rows, and keeps nobody from reading or writing meanwhile. */
export class ValidateParentsAndPositions1795880000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        validate constraint ck_tasks_parent_id,
        validate constraint ck_tasks_position`);
  }

  async down(): Promise<void> {
    // The migration before takes the constraints away with their columns.
  }
}
