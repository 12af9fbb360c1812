-- For Citus alone, after roles.sql: run it on the coordinator, as a superuser.
--
--   psql -d tasks -f ops/postgres/roles-citus.sql
--
-- Citus hands roles, their settings and rights on to its workers. It does not hand this database's rights on
-- to a node that is added later: run the grant again then.

-- Nodes connect to each other as the role of the session, which is task_api. It has no password, so
-- pg_hba.conf of each node must let the other nodes in without one (trust, cert), or, for passwords, on the
-- coordinator: alter role task_api password '…'; then on every node (docs/citus.md has the other roles):
--   insert into pg_dist_authinfo values (0, 'task_api', 'password=…');
alter role task_api login;
grant connect on database :"DBNAME" to task_api;

-- The settings of a session do not reach the workers, where rows are locked and times are read.
alter role task_api set lock_timeout = '300';
alter role task_api set TimeZone = 'UTC';
alter role task_api set DateStyle = 'ISO';
alter role task_api set jit = 'off';
alter role task_api set max_parallel_workers_per_gather = '0';

-- These write the rows of a table or shard anew, as the user who calls them. Row-level security is forced upon
-- the owner, who sees no row: the copy would be empty, and the original be dropped. Only a superuser may.
do $$
declare
  mover regprocedure;
begin
  for mover in
    select oid from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and proname in (
      'alter_distributed_table', 'alter_table_set_access_method', 'citus_copy_shard_placement',
      'citus_move_shard_placement', 'citus_rebalance_start', 'citus_schema_distribute', 'citus_schema_move',
      'citus_schema_undistribute', 'citus_split_shard_by_split_points',
      'create_distributed_table_concurrently', 'isolate_tenant_to_new_shard',
      'master_copy_shard_placement', 'master_move_shard_placement', 'rebalance_table_shards',
      'replicate_table_shards', 'undistribute_table')
  loop
    execute format('revoke execute on function %s from public', mover);
  end loop;
end
$$;
