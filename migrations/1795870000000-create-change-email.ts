import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Changes the address of an account, or leaves it as it is where another account has the new one. The
 * function catches that violation, which is expected: PostgreSQL would write an error with the statement
 * into its log for each request. `on conflict` is for inserts alone, and to look first cannot help, as
 * row-level security hides the other account.
 */
export class CreateChangeEmail1795870000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function change_email(the_user uuid, address text)
        returns table (id uuid, email text, created_at timestamptz, taken boolean)
        language plpgsql volatile as $$
      begin
        return query
          update users set email = pg_catalog.lower(address)
          where users.id = the_user
          returning users.id, users.email, users.created_at, false;
      exception when unique_violation then
        return query
          select users.id, users.email, users.created_at, true from users where users.id = the_user;
      end
      $$`);
    await runner.query('revoke execute on function change_email(uuid, text) from public');
    await runner.query('grant execute on function change_email(uuid, text) to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function change_email(uuid, text)');
  }
}
