import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads all rows, and keeps nobody from reading or writing meanwhile. */
export class ValidateDueDates1795862000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        validate constraint ck_tasks_due,
        validate constraint ck_tasks_time_zone,
        validate constraint ck_tasks_priority,
        validate constraint ck_tasks_tags`);
  }

  async down(): Promise<void> {
    // The migration before takes the constraints away with their columns.
  }
}
