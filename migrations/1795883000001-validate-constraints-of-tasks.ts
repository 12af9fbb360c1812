import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The two that stay with the table. A column that changes its type loses its statistics, so they are gathered
 * anew; not of an empty table, which PostgreSQL would then plan for as if it stayed empty.
 */
export class ValidateConstraintsOfTasks1795883000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tasks validate constraint ck_tasks_time_zone');
    await runner.query('alter table tasks validate constraint ck_tasks_position');
    const filled: unknown = await runner.query(
      `select from pg_class where oid = 'tasks'::regclass and reltuples > 0`,
    );
    if (Array.isArray(filled) && filled.length > 0) await runner.query('analyze tasks');
  }

  async down(): Promise<void> {
    // The migration before takes the constraints away.
  }
}
