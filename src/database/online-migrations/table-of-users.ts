import { escapeIdentifier } from 'pg';
import type { QueryRunner } from 'typeorm';

/**
 * Gives each row of a new table to the user that its `user_id` names: row-level security, the rights of
 * task_api, the foreign key, and on Citus a place beside the tasks of that user. A migration calls it in the
 * transaction that makes the table, and names no foreign key itself: Citus would first make shards of the
 * table on the coordinator. A table that is not distributed cannot be joined with the others there.
 */
export async function giveTableToUsers(runner: QueryRunner, table: string): Promise<void> {
  const name = escapeIdentifier(table);
  await runner.query(`alter table ${name} enable row level security, force row level security`);
  await runner.query(
    `create policy ${escapeIdentifier(`own_${table}`)} on ${name} to task_api
       using (user_id = nullif(current_setting('app.user_id', true), '')::uuid)
       with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
  );
  await runner.query(`grant select, insert, update, delete on ${name} to task_api`);
  // The foreign key is checked as the owner of users, to whom row-level security shows none. With 'off',
  // PostgreSQL refuses; with 'on', it finds no fault in a table that is empty.
  await runner.query('set local row_security = on');
  if (await isDistributed(runner, 'tasks')) {
    await runner.query(`select create_distributed_table($1, 'user_id', colocate_with => 'tasks')`, [
      table,
    ]);
  }
  await runner.query(
    `alter table ${name} add constraint ${escapeIdentifier(`fk_${table}_user_id`)}
       foreign key (user_id) references users (id) on delete cascade`,
  );
  await runner.query('set local row_security = off');
}

/** Two queries, since PostgreSQL without Citus has no such catalogue. */
async function isDistributed(runner: QueryRunner, table: string): Promise<boolean> {
  const [catalogue] = (await runner.query(
    `select to_regclass('pg_catalog.pg_dist_partition') is not null as known`,
  )) as { known: boolean }[];
  if (catalogue?.known !== true) return false;
  const found = (await runner.query(
    `select from pg_dist_partition where logicalrelid = to_regclass($1) and partmethod = 'h'`,
    [table],
  )) as unknown[];
  return found.length > 0;
}
