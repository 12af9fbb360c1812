import type { Client } from 'pg';

/**
 * Functions of Citus that write the rows of a table or shard anew, as the user who calls them.
 * Forced row-level security hides all rows from the owner of the tables, so they would continue
 * with an empty copy, and drop the original. ops/postgres/roles-citus.sql leaves them to
 * superusers.
 */
export const ROW_MOVERS: readonly string[] = [
  'alter_distributed_table',
  'alter_table_set_access_method',
  'citus_copy_shard_placement',
  'citus_move_shard_placement',
  'citus_rebalance_start',
  'citus_schema_distribute',
  'citus_schema_move',
  'citus_schema_undistribute',
  'citus_split_shard_by_split_points',
  'create_distributed_table_concurrently',
  'isolate_tenant_to_new_shard',
  'master_copy_shard_placement',
  'master_move_shard_placement',
  'rebalance_table_shards',
  'replicate_table_shards',
  'undistribute_table',
];

/** Those that a session subject to row-level security may call, as SQL names them. */
export async function perilousRowMovers(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select pg_proc.oid::regprocedure::text as name
     from pg_proc, pg_roles
     where pronamespace = 'pg_catalog'::regnamespace and proname = any ($1)
       and has_function_privilege(pg_proc.oid, 'execute')
       and rolname = current_user and not rolsuper and not rolbypassrls
     order by 1`,
    [ROW_MOVERS],
  );
  return rows.map(({ name }) => name);
}
