import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a server see whether the database is as new as itself, however it was migrated. */
export class GrantMigrations1795305600004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('grant select on task_api_migrations to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('revoke select on task_api_migrations from task_api');
  }
}
