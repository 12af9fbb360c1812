import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Names the schema of what the function calls. PostgreSQL prefers a function whose parameters match
 * exactly, wherever in the search path it is: anybody who may create functions in the API's schema
 * could have slipped in a `format(text, uuid)`.
 */
export class QualifyEnterScope1795824000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function enter_scope(user_id uuid) returns void
      language plpgsql volatile as $$
      begin
        set local citus.propagate_set_commands = 'local';
        execute pg_catalog.format('set local app.user_id = %L', user_id);
      end
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function enter_scope(user_id uuid) returns void
      language plpgsql volatile as $$
      begin
        set local citus.propagate_set_commands = 'local';
        execute format('set local app.user_id = %L', user_id);
      end
      $$`);
  }
}
