import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { migrations } from '../../../migrations';
import { ConstrainColumnsByDomains1795883000000 } from '../../../migrations/1795883000000-constrain-columns-by-domains';
import { migratorOptions } from '../../../src/database/schema/data-source-options';
import { TITLE_MAX_LENGTH } from '../../../src/tasks/task.entity';
import { ENTITIES } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';

/** What a schema is made of, as text; the migrations table is TypeORM's own affair. */
const CATALOGUE: Readonly<Record<string, string>> = {
  tables: `
    select relname, relkind, relrowsecurity, relforcerowsecurity, reloptions, relacl::text,
      pg_get_userbyid(relowner) as owner
    from pg_class where relnamespace = 'public'::regnamespace and relkind <> 'i'
      and relname !~ 'migrations'
    order by relname`,
  columns: `
    select attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
      atthasdef, attstorage, attcollation::regcollation::text, attacl::text
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relname !~ 'migrations' and attnum > 0
    order by 1, 2`,
  constraints: `
    select conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid), convalidated
    from pg_constraint where connamespace = 'public'::regnamespace
      and conrelid::regclass::text !~ 'migrations' order by 1, 2`,
  indexes: `select indexdef from pg_indexes where schemaname = 'public' and tablename !~ 'migrations'
    order by 1`,
  policies: `select * from pg_policies order by tablename, policyname`,
  functions: `
    select proname, pg_get_functiondef(oid), proacl::text, prosecdef, provolatile
    from pg_proc where pronamespace = 'public'::regnamespace order by proname`,
  triggers: `select tgrelid::regclass::text, tgisinternal, tgfoid::regproc::text from pg_trigger
    order by 1, 2, 3`,
  sequences: `select * from pg_sequences where sequencename !~ 'migrations'`,
  types: `select typname from pg_type where typnamespace = 'public'::regnamespace
    and typname !~ 'migrations' order by 1`,
  schema: `select nspacl::text from pg_namespace where nspname = 'public'`,
  role: `select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication from pg_roles
    where rolname = 'task_api'`,
};

describe('Migrations', () => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await TestDatabase.create();
    source = new DataSource({ ...migratorOptions(database.endpoint.owner), entities: ENTITIES });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  const catalogue = async () => {
    const parts = Object.entries(CATALOGUE).map(
      async ([name, query]) => [name, await database.query(query)] as const,
    );
    return Object.fromEntries(await Promise.all(parts));
  };
  const undoAll = async () => {
    for (let left = migrations.length; left > 0; left -= 1) await source.undoLastMigration();
  };

  it('leave the same schema after up, down and up', async () => {
    const before = await catalogue();

    await undoAll();
    const between = await catalogue();
    await source.runMigrations();

    expect(await catalogue()).toEqual(before);
    expect(between).toMatchObject({ tables: [], functions: [], policies: [], types: [] });
  });

  it('keep the role when they are undone: other databases of the cluster use it', async () => {
    await undoAll();

    expect(await database.query("select from pg_roles where rolname = 'task_api'")).toHaveLength(1);
    await source.runMigrations();
  });

  it('make what the entities say', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();

    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('notice where they do not', async () => {
    await database.query('alter table tasks add column colour text');

    const { upQueries } = await source.driver.createSchemaBuilder().log();

    expect(upQueries.map(({ query }) => query)).toEqual([
      'ALTER TABLE "tasks" DROP COLUMN "colour"',
    ]);
    await database.query('alter table tasks drop column colour');
  });

  it('name every constraint by hand', async () => {
    const constraints = await database.query<{ conname: string }>(
      `select conname from pg_constraint
       where contype <> 'n' and connamespace = 'public'::regnamespace and conname !~ 'migrations'
       order by 1`,
    );

    expect(constraints.map(({ conname }) => conname)).toEqual([
      'ck_tasks_description_length',
      'ck_tasks_due',
      'ck_tasks_parent_id',
      'ck_tasks_position',
      'ck_tasks_priority',
      'ck_tasks_recurrence',
      'ck_tasks_recurrence_from',
      'ck_tasks_tags',
      'ck_tasks_time_zone',
      'ck_tasks_title_length',
      'ck_users_email_lower_case',
      'fk_feeds_user_id',
      'fk_replies_user_id',
      'fk_tasks_user_id',
      'fk_trash_user_id',
      'pk_feeds',
      'pk_replies',
      'pk_tasks',
      'pk_trash',
      'pk_users',
      'uq_users_email',
    ]);
  });

  it.each([
    [
      'task_title',
      'ck_tasks_title_length',
      'x'.repeat(TITLE_MAX_LENGTH),
      ['', 'x'.repeat(TITLE_MAX_LENGTH + 1)],
    ],
    ['task_description', 'ck_tasks_description_length', '', ['x'.repeat(10_001)]],
    ['task_due', 'ck_tasks_due', '2027-01-31T09:30', ['2027-1-31', '2027-01-31T09:30:00', '']],
    ['task_priority', 'ck_tasks_priority', '4', ['-1', '5']],
    ['task_tags', 'ck_tasks_tags', '["a"]', ['[1,2,3,4,5,6,7,8,9,10,11]']],
    ['task_recurrence', 'ck_tasks_recurrence', 'FREQ=DAILY', ['FREQ=HOURLY', 'freq=daily']],
    ['task_recurrence_from', 'ck_tasks_recurrence_from', 'completion', ['never', '']],
    ['task_position', 'ck_tasks_position', 'zA0'.repeat(66), ['', 'a b', 'é', 'x'.repeat(201)]],
  ])('constrain the values of %s', async (domain, constraint, kept, refused) => {
    await expect(
      database.query(`select $1::${domain} is not null as kept, null::${domain}`, [kept]),
    ).resolves.toMatchObject([{ kept: true }]);
    for (const value of refused) {
      await expect(database.query(`select $1::${domain}`, [value])).rejects.toMatchObject({
        code: '23514',
        constraint,
      });
    }
  });

  it('give columns their domains without a rewrite of the table or of an index but that of positions', async () => {
    const files = () =>
      database.query(
        `select relname, pg_relation_filenode(oid) as file from pg_class
         where relname = 'tasks' or oid in (
           select indexrelid from pg_index
           where indrelid = 'tasks'::regclass and indexrelid <> 'ux_tasks_position'::regclass
         )
         order by relname`,
      );
    const before = await files();
    const since = migrations.indexOf(ConstrainColumnsByDomains1795883000000);
    for (let left = migrations.length; left > since; left -= 1) await source.undoLastMigration();

    await source.runMigrations();

    expect(before).toHaveLength(5);
    expect(await files()).toEqual(before);
  });

  it('make indexes that all begin with the owner', async () => {
    const indexes = await database.query<{ name: string; columns: string; where: string | null }>(
      `select indexrelid::regclass::text as name,
         substring(pg_get_indexdef(indexrelid) from 'btree (\\(.*?\\))') as columns,
         pg_get_expr(indpred, indrelid) as where
       from pg_index join pg_class on pg_class.oid = indrelid
       where relnamespace = 'public'::regnamespace and relname !~ 'migrations|^users$'
       order by 1`,
    );

    expect(indexes.map(({ name, columns, where }) => [name, columns, where])).toEqual([
      ['ix_tasks_open', '(user_id, id)', '(NOT completed)'],
      ['ix_tasks_parent', '(user_id, parent_id)', '(parent_id IS NOT NULL)'],
      ['ix_tasks_version', '(user_id, version)', null],
      ['ix_trash_content', '(user_id, version DESC NULLS LAST)', '(task IS NOT NULL)'],
      ['ix_trash_version', '(user_id, version)', null],
      ['pk_feeds', '(user_id)', null],
      ['pk_replies', '(user_id, day, key)', null],
      ['pk_tasks', '(user_id, id)', null],
      ['pk_trash', '(user_id, id)', null],
      ['ux_tasks_position', '(user_id, "position")', '("position" IS NOT NULL)'],
    ]);
  });

  it('leave the role with the rights to rows, and no other', async () => {
    const rights = await database.query(
      `select table_name, string_agg(privilege_type, ' ' order by privilege_type) as rights
       from information_schema.role_table_grants
       where grantee in ('task_api', 'PUBLIC') and table_schema = 'public'
       group by table_name order by table_name`,
    );

    expect(rights).toEqual([
      { table_name: 'feeds', rights: 'DELETE INSERT SELECT UPDATE' },
      { table_name: 'replies', rights: 'DELETE INSERT SELECT UPDATE' },
      { table_name: 'task_api_migrations', rights: 'SELECT' },
      { table_name: 'tasks', rights: 'DELETE INSERT SELECT UPDATE' },
      { table_name: 'trash', rights: 'DELETE INSERT SELECT UPDATE' },
      { table_name: 'users', rights: 'DELETE INSERT SELECT UPDATE' },
    ]);
  });
});
