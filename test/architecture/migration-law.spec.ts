import { describe, expect, it } from '@jest/globals';
import { FUNCTIONS } from '../../src/database/isolation/isolation-plan';
import { Linter } from 'eslint';
import { parser } from 'typescript-eslint';
import { MIGRATION_LAWS, migrationConfigs } from '../../scripts/lint/migrations.mjs';

function replacement(beginning: string): string {
  return `create or replace function enter_scope(user_id uuid) returns void language plpgsql as $$ ${beginning} begin perform pg_catalog.now(); end $$`;
}

/** For each law: SQL that breaks it and no other, and SQL that breaks none. */
const FIXTURES: Record<
  string,
  { readonly broken: readonly string[]; readonly clean: readonly string[] }
> = {
  'index-concurrently': {
    broken: [
      'create index ix_tasks_due on tasks (due)',
      'CREATE UNIQUE INDEX ix\n  ON tasks (due)',
      'create index concurrently ix_tasks_due on tasks (due)',
      'drop index ix_tasks_due',
      'reindex table tasks',
    ],
    clean: ['create table lists (id uuid); create index ix_lists on lists (id)'],
  },
  'no-rewrite': {
    broken: [
      'alter table tasks alter column title type varchar(200)',
      'alter table tasks alter title set data type citext',
      'alter table tasks add column number bigserial',
      'alter table tasks add column token uuid default gen_random_uuid()',
      'alter table tasks add column number bigint generated always as identity',
      'alter table tasks add column size int generated always as (length(title)) stored',
      'vacuum full tasks',
    ],
    clean: [
      'alter table tasks add column due text',
      'alter table tasks add column priority smallint not null default 0',
      'alter table tasks add column seen timestamptz default now()',
    ],
  },
  'validate-later': {
    broken: [
      'alter table tasks add constraint ck_tasks_due check (due > 0)',
      'alter table tasks add constraint fk_tasks foreign key (due) references users (id)',
      'alter table tasks add column list uuid references lists (id)',
      'alter table tasks add column due int check (due > 0)',
      'alter table tasks alter column due set not null',
      'alter table tasks add constraint ck check (due > 0) not valid; alter table tasks validate constraint ck',
    ],
    clean: [
      'alter table tasks add constraint ck_tasks_due check (due > 0) not valid',
      'alter table tasks validate constraint ck_tasks_due',
      'alter table tasks alter column due set not null; alter table tasks drop constraint ck_tasks_due',
      'alter table tasks add constraint uq_tasks unique using index uq_tasks',
    ],
  },
  'rows-in-batches': {
    broken: [
      'update tasks set due = created_at',
      'update only tasks t set due = created_at',
      'delete from tasks where completed',
      'insert into lists select id from users',
      'with old as (select id from tasks) update tasks set due = null from old',
    ],
    clean: [
      'update tasks set due = 1 from batch where tasks.id = batch.id',
      'insert into lists select id from batch',
      `create table kinds (name text); insert into kinds select 'one'`,
      'grant update on tasks to task_api',
    ],
  },
  'keep-what-is-used': {
    broken: [
      'alter table tasks rename column title to name',
      'alter table tasks rename to items',
      'alter table tasks drop column description',
      'drop table tasks',
      'truncate tasks',
      'drop function enter_scope(uuid)',
      'alter table tasks no force row level security',
    ],
    clean: ['alter table tasks enable row level security, force row level security'],
  },
  'known-to-earlier-servers': {
    broken: [
      'create trigger feed before insert on tasks for each row execute function tell()',
      'create constraint trigger feed_1796000000000 after insert on tasks for each row execute function tell()',
      'create policy shared_1796000000000 on tasks to task_api using (true)',
      'create policy trash_1796000000000 on tasks as restrictive to task_api using (title is not null)',
      'alter policy own_tasks on tasks using (true)',
      ...Object.entries(FUNCTIONS).map(
        ([name, { parameters, returns }]) =>
          `create or replace function ${name}(${parameters}) returns ${returns} language plpgsql as $$ begin perform pg_catalog.now(); end $$`,
      ),
      replacement('/* enter_scope_1795999999999 */'),
      replacement('/* enter_change_1796000000000 */'),
      replacement('begin end /* enter_scope_1796000000000 */'),
    ],
    clean: [
      'create table kinds (name text); create policy all_kinds on kinds using (true)',
      replacement('/* enter_scope_1796000000000 */'),
    ],
  },
  'one-constraint-a-statement': {
    broken: [
      'alter table tasks add column due text, add constraint ck check (due <> 1) not valid',
      'alter table tasks add constraint a check (due > 0) not valid, add constraint b check (due in (1, 2)) not valid',
      'alter table tasks add constraint a check (due > 0) not valid, alter column due drop not null',
    ],
    clean: [
      'alter table tasks add column due text, add column zone text',
      'alter table tasks add constraint ck check (due in (1, 2)) not valid',
    ],
  },
  'table-of-users': {
    broken: ['create table lists (user_id uuid, id uuid, primary key (user_id, id))'],
    clean: ['create table kinds (name text)'],
  },
  'session-of-the-migrator': {
    broken: [
      'commit',
      'begin',
      'lock table tasks in share mode',
      'set lock_timeout = 0',
      'set local row_security = on',
      `select set_config('search_path', 'pg_catalog', false)`,
    ],
    clean: [`do $$ begin execute 'select 1'; end $$`],
  },
  'no-schema-by-name': {
    broken: [
      'grant usage on schema public to task_api',
      'alter table public.tasks add column due text',
      `select from pg_tables where schemaname = 'public'`,
    ],
    clean: [`do $$ begin execute format('grant usage on schema %I', current_schema()); end $$`],
  },
  'functions-name-schemas': {
    broken: [
      'create function next() returns int language sql as $$ select abs(1) $$',
      'create or replace procedure p() language plpgsql as $$ begin perform now(); end $$',
    ],
    clean: [
      'create function next() returns int language sql set search_path from current as $$ select abs(1) $$',
      'create function next() returns int language sql as $$ select pg_catalog.abs(1) $$',
    ],
  },
};

const linter = new Linter();
const config = [
  { files: ['**/*.ts'], languageOptions: { parser } },
  ...migrationConfigs,
] as Linter.Config[];

function lawsBrokenBy(
  sql: string,
  filename = 'migrations/1796000000000-change.ts',
): (string | null)[] {
  const calls = sql.split('; ').map((statement) => `await runner.query(\`${statement}\`);`);
  const statements = sql.includes('$$') ? [`await runner.query(\`${sql}\`);`] : calls;
  const text = `class Change { async up(runner) { ${statements.join('\n')} } }`;
  const broken = linter.verify(text, config, { filename }).map(({ ruleId }) => ruleId);
  return [...new Set(broken)];
}

describe('the law of the migrations', () => {
  it('has a fixture for every law', () => {
    expect(Object.keys(FIXTURES).sort()).toEqual(MIGRATION_LAWS.map(({ name }) => name).sort());
  });

  it.each(Object.entries(FIXTURES))('%s bites, and spares what may stand', (name, fixture) => {
    for (const sql of fixture.broken) {
      expect({ sql, laws: lawsBrokenBy(sql) }).toEqual({ sql, laws: [`migration/${name}`] });
    }
    for (const sql of fixture.clean)
      expect({ sql, laws: lawsBrokenBy(sql) }).toEqual({ sql, laws: [] });
  });

  it('lets a migration drop what no release uses, if its name says so', () => {
    const sql = 'alter table tasks drop column old_due';

    expect(lawsBrokenBy(sql, 'migrations/9-drop-old-due.ts')).toEqual([]);
  });

  it('lets a migration make a table of users that it gives to them', () => {
    const text = `class Change {
      async up(runner) {
        await runner.query('create table lists (user_id uuid, id uuid)');
        await giveTableToUsers(runner, 'lists');
      }
    }`;

    expect(linter.verify(text, config, { filename: 'migrations/1796000000000-change.ts' })).toEqual(
      [],
    );
  });

  it('says nothing about undoing', () => {
    const text = 'class Change { async down(runner) { await runner.query(`drop table lists`); } }';

    expect(linter.verify(text, config, { filename: 'migrations/1796000000000-change.ts' })).toEqual(
      [],
    );
  });
});
