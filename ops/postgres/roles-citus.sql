-- For Citus alone, after roles.sql: run it on the coordinator, as a superuser.
--
--   psql -d tasks -f ops/postgres/roles-citus.sql
--
-- Citus hands roles, their settings and rights on to its workers. It does not hand this database's rights on
-- to a node that is added later: run the grant again then.

-- Nodes connect to each other as the role of the session, which is task_api. It has no password, so
-- pg_hba.conf of each node must let the other nodes in without one (trust, cert), or, for passwords:
--   alter role task_api password '…';
--   insert into pg_dist_authinfo values (0, 'task_api', 'password=…');
alter role task_api login;
grant connect on database :"DBNAME" to task_api;

-- The settings of a session do not reach the workers, where rows are locked and times are read.
alter role task_api set lock_timeout = '300';
alter role task_api set TimeZone = 'UTC';
alter role task_api set DateStyle = 'ISO';
alter role task_api set jit = 'off';
alter role task_api set max_parallel_workers_per_gather = '0';
