import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requireIsolation } from '../../../../src/database/isolation/isolation-gate';
import { OWNER_COLUMN } from '../../../../src/database/isolation/isolation-plan';
import { negotiated, refusal } from '../../../support/database/gate-refusal';
import { TestDatabase } from '../../../support/database/test-database';

const TABLES = Object.entries(OWNER_COLUMN);
const OF_ACCOUNTS = TABLES.filter(([name]) => name !== 'users');

/** Each is done to all of its tables at once, whichever come next, and noticed on each. */
const brokenTables: readonly (readonly [
  flaw: string,
  tables: typeof TABLES,
  sql: (table: string, owner: string) => string,
  told: (table: string) => string,
])[] = [
  [
    'row-level security is off',
    TABLES,
    (table) => `alter table ${table} disable row level security`,
    (table) => `alter table public.${table} enable row level security, force row level security;`,
  ],
  [
    'a policy shows what happens to be there',
    TABLES,
    (table, owner) => `alter policy own_${table} on ${table}
      using (${owner} = nullif(current_setting('app.user_id', true), '')::uuid or ${owner} is null)`,
    (table) => `create policy own_${table} on public.${table} to task_api using`,
  ],
  [
    'a second policy opens more',
    TABLES,
    (table) => `create policy support on ${table} for select to public using (true)`,
    (table) => `drop policy "support" on public.${table};`,
  ],
  [
    'rows can be removed past every policy',
    TABLES,
    (table) => `grant truncate on ${table} to task_api`,
    (table) => `revoke truncate on public.${table} from task_api;`,
  ],
  [
    'a right is missing',
    TABLES,
    (table) => `revoke insert on ${table} from task_api`,
    (table) => `grant insert on public.${table} to task_api;`,
  ],
  [
    'a view shows all rows',
    TABLES,
    (table) => `create view all_${table} as select * from ${table};
      grant select on all_${table} to task_api`,
    (table) => `revoke all on public.all_${table} from task_api;`,
  ],
  [
    'a trigger runs in the transactions of users',
    TABLES,
    (table) => `create function tell_${table}() returns trigger language plpgsql
        as 'begin return new; end';
      create trigger told after insert on ${table} for each row execute function tell_${table}()`,
    (table) => `drop trigger told on public.${table};`,
  ],
  [
    'what a deleted account had would stay',
    OF_ACCOUNTS,
    (table) => `alter table ${table} drop constraint if exists fk_${table}_user_id`,
    (table) => `the ${table} of a deleted account would stay`,
  ],
  [
    'deleting an account is refused',
    OF_ACCOUNTS,
    (table) => `alter table ${table} drop constraint if exists fk_${table}_user_id,
      add constraint fk_${table}_user_id foreign key (user_id) references users (id)`,
    (table) =>
      `add constraint fk_${table}_user_id foreign key (user_id) references public.users (id) on delete cascade;`,
  ],
  [
    'foreign keys are switched off',
    OF_ACCOUNTS,
    (table) => `alter table ${table} disable trigger all`,
    (table) => `the foreign key of ${table} is missing, or switched off`,
  ],
];

/** `DB` stands for the name of the database. */
const broken: readonly (readonly [flaw: string, sql: string, told: string])[] = [
  [
    'row-level security does not bind the owner',
    'alter table users no force row level security',
    'row-level security of users is not enabled and forced',
  ],
  ['a policy is missing', 'drop policy own_feeds on feeds', 'and has none'],
  [
    'a second policy opens more',
    'create policy support on tasks for select to public using (true)',
    'drop policy "support" on public.tasks;',
  ],
  [
    'a second policy narrows',
    'create policy narrow on tasks as restrictive to task_api using (not completed)',
    'drop policy "narrow" on public.tasks;',
  ],
  [
    'a policy shows every row',
    'alter policy own_users on users using (true)',
    'own_users (using true with check',
  ],
  [
    'a policy lets everything be written',
    'alter policy own_tasks on tasks with check (true)',
    'with check true)',
  ],
  [
    'a policy shows what is completed, and takes it',
    `alter policy own_tasks on tasks
       using (user_id = nullif(current_setting('app.user_id', true), '')::uuid or completed)
       with check (user_id = nullif(current_setting('app.user_id', true), '')::uuid or completed)`,
    'OR completed)',
  ],
  [
    'a policy asks by an operator of somebody',
    `create function agree(uuid, uuid) returns boolean language sql immutable as 'select true';
     create operator public.=== (leftarg = uuid, rightarg = uuid, function = agree);
     alter policy own_tasks on tasks
       using (user_id === nullif(current_setting('app.user_id', true), '')::uuid)`,
    'OPERATOR(public.===)',
  ],
  [
    'a policy is for reading alone',
    `drop policy own_tasks on tasks;
     create policy own_tasks on tasks for select to task_api
       using (user_id = nullif(current_setting('app.user_id', true), '')::uuid)`,
    'the same for every command',
  ],
  [
    'a policy reads another setting',
    `alter policy own_tasks on tasks
       using (user_id::text = current_setting('app.tenant', true))
       with check (user_id::text = current_setting('app.tenant', true))`,
    'app.tenant',
  ],
  [
    'a right is missing',
    'revoke delete, update on tasks from task_api',
    'grant update, delete on public.tasks to task_api;',
  ],
  [
    'the scope of explicit transactions cannot be set',
    'revoke execute on function enter_scope(uuid) from task_api',
    'grant execute on function "public".enter_scope(uuid) to task_api;',
  ],
  [
    'rows can be removed past every policy',
    'grant truncate on tasks to task_api',
    'revoke truncate on public.tasks from task_api;',
  ],
  [
    'keys may refer to accounts',
    'grant references (id) on users to public',
    'revoke references on public.users from public;',
  ],
  [
    'triggers may be made',
    'grant trigger on tasks to public',
    'revoke trigger on public.tasks from public;',
  ],
  [
    'the record of migrations may be changed',
    'grant update (name) on task_api_migrations to task_api',
    'revoke update on public.task_api_migrations from task_api;',
  ],
  [
    'a right may be passed on',
    'grant select on tasks to task_api with grant option',
    'revoke grant option for select on public.tasks from task_api;',
  ],
  [
    'a sequence may be used',
    'grant usage on sequence task_api_migrations_id_seq to public',
    'revoke all on sequence public.task_api_migrations_id_seq from public;',
  ],
  [
    'a view shows the rows of everybody, also by way of another',
    `create view titles as select title from tasks;
     create view words as select * from titles;
     grant select on words to task_api`,
    'revoke all on public.words from task_api;',
  ],
  [
    'a copy of the rows may be read',
    'create materialized view copies as select title from tasks; grant select on copies to public',
    'revoke all on public.copies from public;',
  ],
  [
    'a table has the tasks as its children',
    `create table everything (user_id uuid not null);
     alter table tasks inherit everything;
     grant select (user_id) on everything to task_api`,
    'revoke all on public.everything from task_api;',
  ],
  [
    'a trigger runs in the transactions of users',
    `create function copy_title() returns trigger language plpgsql security definer
       as 'begin return new; end';
     create trigger copies after insert on tasks for each row execute function copy_title()`,
    'drop trigger copies on public.tasks;',
  ],
  [
    'a rule rewrites statements',
    'create rule keep as on delete to tasks do instead nothing',
    'drop rule keep on public.tasks;',
  ],
  [
    'a constraint runs with the rights of its owner',
    `create function is_fine(text) returns boolean language sql immutable security definer
       as 'select true';
     alter table tasks add constraint fine check (is_fine(title))`,
    'alter function public.is_fine(text) security invoker;',
  ],
  [
    'a domain runs with the rights of its owner',
    `create function is_word(text) returns boolean language sql immutable security definer
       as 'select true';
     create domain syllable as text check (is_word(value));
     create domain word as syllable;
     alter table tasks add column words word[]`,
    'alter function public.is_word(text) security invoker;',
  ],
  [
    'an operator in a constraint runs with the rights of its owner',
    `create function agrees(text, text) returns boolean language sql immutable security definer
       as 'select true';
     create operator public.=== (leftarg = text, rightarg = text, function = agrees);
     alter table tasks add constraint agrees check (title === title)`,
    'alter function public.agrees(text,text) security invoker;',
  ],
  [
    'explicit transactions enter another scope',
    `create or replace function enter_scope(user_id uuid) returns void language plpgsql as $$
       begin perform pg_catalog.set_config('app.user_id', user_id::text, true); end $$`,
    'create or replace function "public".enter_scope(user_id uuid)',
  ],
  [
    'the scope of explicit transactions is set with the rights of its owner',
    'alter function enter_scope(uuid) security definer',
    'enter_scope is not the function that the migrations made',
  ],
  [
    'enter_scope brings settings along',
    'alter function enter_scope(uuid) set search_path = public',
    'enter_scope is not the function that the migrations made',
  ],
  [
    'numbers may not be taken',
    'revoke execute on function enter_change(uuid, integer) from task_api',
    'grant execute on function "public".enter_change(uuid, integer) to task_api;',
  ],
  [
    'a write enters another scope',
    `create or replace function enter_change(the_user uuid, width integer) returns boolean
       language plpgsql as $$ begin perform pg_catalog.set_config('app.user_id', the_user::text, false); return false; end $$`,
    'create or replace function "public".enter_change(the_user uuid, width integer) returns boolean',
  ],
  [
    'numbers are taken with the rights of the owner',
    'alter function enter_change(uuid, integer) security definer',
    'enter_change is not the function that the migrations made',
  ],
  [
    'enter_change brings settings along',
    "alter function enter_change(uuid, integer) set app.user_id = ''",
    'enter_change is not the function that the migrations made',
  ],
  [
    'writes without a number are accepted',
    `create or replace function refuse_unnumbered() returns bigint
       language plpgsql as 'begin return 0; end'`,
    'create or replace function "public".refuse_unnumbered() returns bigint language plpgsql set search_path',
  ],
  [
    'writes without a number pass where something is completed',
    `alter policy numbered_update_1795868000003 on tasks with check (completed)`,
    'numbered_update_1795868000003 (using true with check completed)',
  ],
  [
    'deletions without a number are accepted',
    'drop policy numbered_delete_1795868000003 on tasks',
    'create policy numbered_delete_1795868000003 on public.tasks as restrictive for delete to task_api',
  ],
  [
    'sessions begin with a number',
    `alter database DB set app.change = '1'`,
    'alter database "DB" reset app.change;',
  ],
  [
    'the role owns a table',
    'alter table tasks owner to task_api',
    'alter table public.tasks owner to ',
  ],
  [
    'files of the server may be read',
    'grant execute on function pg_read_file(text) to public',
    'revoke execute on function pg_read_file(text) from public;',
  ],
  [
    'the passwords of the server may be read',
    'grant select on pg_authid to task_api',
    'revoke select on pg_authid from task_api;',
  ],
  [
    'samples of the values of everybody may be read',
    'grant select (stavalues1) on pg_catalog.pg_statistic to public',
    'revoke select on pg_statistic from public;',
  ],
  [
    'a view of the catalogue may be changed',
    'grant insert on pg_catalog.pg_settings to task_api',
    'revoke insert on pg_settings from task_api;',
  ],
  [
    'the role may create objects',
    'grant create on schema public to public',
    'revoke create on schema public from public, "task_api";',
  ],
  [
    'the role may create schemas',
    'grant create on database DB to task_api',
    'revoke create on database DB from public, "task_api";',
  ],
  [
    'sessions begin in the scope of a user',
    `alter database DB set app.user_id = '${randomUUID()}'`,
    'alter database "DB" reset app.user_id;',
  ],
  [
    'sessions of the role begin in the scope of a user',
    `alter role task_api in database DB set app.user_id = '${randomUUID()}'`,
    'alter role "task_api" in database "DB" reset app.user_id;',
  ],
  [
    'transactions are of another isolation level',
    `alter database DB set default_transaction_isolation = 'serializable'`,
    'alter database "DB" reset default_transaction_isolation;',
  ],
  [
    'sessions skip foreign keys',
    'alter database DB set session_replication_role = replica',
    'alter database "DB" reset session_replication_role;',
  ],
  [
    'row-level security ends in errors',
    'alter database DB set row_security = off',
    'alter database "DB" reset row_security;',
  ],
];

/** One database for all of them: following the advice makes it sound again. */
describe('The isolation gate keeps everybody out, and opens again once its own advice has been followed, where', () => {
  let shared: TestDatabase | undefined;
  afterAll(() => shared?.drop());

  const expectRepair = async (sql: string, told: readonly string[]) => {
    const tried = shared ?? (await TestDatabase.create());
    shared = undefined;
    const named = (text: string) => text.replaceAll('DB', String(tried.endpoint.owner.database));
    const session = await negotiated(tried.endpoint.api);
    await tried.query(named(sql));

    const message = await refusal(session);
    const advice = message.split('\n').filter((line) => line.endsWith(';'));
    for (const line of advice) await tried.query(line);

    for (const one of told) expect(message).toContain(named(one));
    await requireIsolation(session);
    shared = tried;
  };

  it.each(broken)('%s', (_, sql, told) => expectRepair(sql, [told]));

  it.each(brokenTables)('%s, on any table', (_, tables, sql, told) =>
    expectRepair(
      tables.map(([name, owner]) => sql(name, owner)).join(';\n'),
      tables.map(([name]) => told(name)),
    ),
  );
});
