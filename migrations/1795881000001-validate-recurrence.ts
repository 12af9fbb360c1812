import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads all rows, and keeps nobody from reading or writing meanwhile. */
export class ValidateRecurrence1795881000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table tasks
        validate constraint ck_tasks_recurrence,
        validate constraint ck_tasks_recurrence_from`);
  }

  async down(): Promise<void> {
    // The migration before takes the constraints away with their columns.
  }
}
