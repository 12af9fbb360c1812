-- Creates the two logins of the Task API. Run it once, as an administrator, in an empty database:
--
--   createdb tasks
--   psql -d tasks -v owner_password=… -v api_password=… -f ops/postgres/roles.sql
--
-- Neither is a superuser, and neither bypasses row-level security.

-- The role of every request. It owns nothing, and nobody logs in as it.
create role task_api nologin;

-- DATABASE_OWNER_URL: owns the database and the tables, and migrates them.
create role task_api_owner login password :'owner_password';
-- An administrator who is no superuser (managed PostgreSQL) needs this to transfer the database.
grant task_api_owner to current_user;
alter database :"DBNAME" owner to task_api_owner;

-- DATABASE_URL: serves requests, as task_api.
create role task_api_login login password :'api_password' in role task_api;
revoke connect, temporary on database :"DBNAME" from public;
grant connect on database :"DBNAME" to task_api_login;

-- The API sets these as startup options. A pooler may refuse startup options, so the login has them too.
alter role task_api_login set statement_timeout = '5000';
alter role task_api_login set lock_timeout = '1000';
alter role task_api_login set idle_in_transaction_session_timeout = '10000';
alter role task_api_login set TimeZone = 'UTC';
alter role task_api_login set DateStyle = 'ISO';
alter role task_api_login set jit = 'off';
alter role task_api_login set max_parallel_workers_per_gather = '0';
alter role task_api_login set client_min_messages = 'error';
-- With ?schema=name in the URLs: name instead of public.
alter role task_api_login set search_path = public, pg_temp;
