import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requireIsolation } from '../../../../src/database/isolation/isolation-gate';
import { negotiated, refusal } from '../../../support/database/gate-refusal';
import { TestDatabase } from '../../../support/database/test-database';

/** `DB` stands for the name of the database. */
const broken: readonly (readonly [flaw: string, sql: string, told: string])[] = [
  [
    'row-level security is off',
    'alter table tasks disable row level security',
    'alter table public.tasks enable row level security, force row level security;',
  ],
  [
    'row-level security does not bind the owner',
    'alter table users no force row level security',
    'row-level security of users is not enabled and forced',
  ],
  ['a policy is missing', 'drop policy own_tasks on tasks', 'and has none'],
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
    'the tasks of a deleted account would stay',
    'alter table tasks drop constraint fk_tasks_user_id',
    'references public.users (id) on delete cascade;',
  ],
  [
    'deleting an account is refused',
    `alter table tasks drop constraint fk_tasks_user_id;
     alter table tasks add constraint fk_tasks_user_id foreign key (user_id) references users (id)`,
    'references public.users (id) on delete cascade;',
  ],
  [
    'the foreign key is switched off',
    'alter table tasks disable trigger all',
    'the foreign key of tasks is missing, or switched off',
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

  it.each(broken)('%s', async (_, sql, told) => {
    const tried = shared ?? (await TestDatabase.create());
    shared = undefined;
    const named = (text: string) => text.replaceAll('DB', String(tried.endpoint.owner.database));
    const session = await negotiated(tried.endpoint.api);
    await tried.query(named(sql));

    const message = await refusal(session);
    const advice = message.split('\n').filter((line) => line.endsWith(';'));
    for (const line of advice) await tried.query(line);

    expect(message).toContain(named(told));
    await requireIsolation(session);
    shared = tried;
  });
});
