import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The role under which every request runs: it owns nothing and cannot bypass row-level security.
 * Roles belong to the whole cluster, so it may exist already, another database may be creating it
 * at this moment, and `down` leaves it alone.
 */
export class CreateTaskApiRole1795305600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$
      begin
        if not exists (select from pg_roles where rolname = 'task_api') then
          begin
            create role task_api nologin nosuperuser nobypassrls nocreatedb nocreaterole;
          exception
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then
              raise exception using
                errcode = 'insufficient_privilege',
                message = format('the login %I may not create the role task_api', current_user),
                hint = format(
                  'as a role administrator, run: create role task_api nologin; grant task_api to %I;',
                  current_user);
          end;
        end if;
        -- 'usage', not 'member': PostgreSQL 16 makes the creator of a role a member that has none.
        if not pg_has_role(current_user, 'task_api', 'usage') then
          begin
            execute format('grant task_api to %I', current_user);
          exception
            -- Needed only where this login also serves requests; the boot gate tells then. The last
            -- two: another database of this cluster is granting the same at this moment.
            when insufficient_privilege or unique_violation or internal_error then null;
          end;
        end if;
      end
      $$`);
    await runner.query(`
      do $$
      begin
        execute format('grant usage on schema %I to task_api', current_schema());
      end
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$
      begin
        execute format('revoke usage on schema %I from task_api', current_schema());
      end
      $$`);
  }
}
