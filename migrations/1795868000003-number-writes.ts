import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whatever takes no number cannot write a task: not a server of an earlier release that still serves
 * beside this one, and no statement that forgot to. What it wrote would be missing from the feed.
 *
 * Policies, not a trigger, because distributed PostgreSQL (Citus) runs no triggers; and with the time
 * of this migration in their names, because servers of earlier releases accept such policies
 * (docs/decisions/0024-what-the-isolation-gate-refuses.md). They narrow `own_tasks`. The error is that
 * of a database which takes no writes: such a server answers 503, and keeps its reads.
 */
export class NumberWrites1795868000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function refuse_unnumbered() returns bigint
      language plpgsql volatile set search_path from current as $$
      begin
        raise read_only_sql_transaction using
          message = 'cannot write a task without a number of its feed',
          hint = 'Servers of this release take one. Stop those of earlier releases.';
      end
      $$`);
    await runner.query('revoke execute on function refuse_unnumbered() from public');
    await runner.query('grant execute on function refuse_unnumbered() to task_api');
    const change = `coalesce(nullif(current_setting('app.change', true), '')::bigint, refuse_unnumbered())`;
    await runner.query(`
      create policy numbered_insert_1795868000003 on tasks as restrictive for insert to task_api
        with check (version >= ${change})`);
    await runner.query(`
      create policy numbered_update_1795868000003 on tasks as restrictive for update to task_api
        using (true) with check (version >= ${change})`);
    await runner.query(`
      create policy numbered_delete_1795868000003 on tasks as restrictive for delete to task_api
        using (${change} > 0)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop policy numbered_insert_1795868000003 on tasks');
    await runner.query('drop policy numbered_update_1795868000003 on tasks');
    await runner.query('drop policy numbered_delete_1795868000003 on tasks');
    await runner.query('drop function refuse_unnumbered()');
  }
}
