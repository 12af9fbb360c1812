import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sets the scope for DATABASE_SCOPE=transaction. `SET LOCAL`, not `set_config`: distributed
 * PostgreSQL (Citus) hands only the statement on to its workers, and only with this setting.
 */
export class CreateEnterScope1795305600003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function enter_scope(user_id uuid) returns void
      language plpgsql volatile as $$
      begin
        set local citus.propagate_set_commands = 'local';
        execute format('set local app.user_id = %L', user_id);
      end
      $$`);
    await runner.query('revoke execute on function enter_scope(uuid) from public');
    await runner.query('grant execute on function enter_scope(uuid) to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function enter_scope(uuid)');
  }
}
