import type { Client } from 'pg';

/** The tables that row-level security protects, and the column that says whose a row is. */
export const OWNER_COLUMN = { users: 'id', tasks: 'user_id' } as const;
export type ProtectedTable = keyof typeof OWNER_COLUMN;

/** What PostgreSQL's catalogue says about a session and the tables that it may reach. */
export interface IsolationFacts {
  readonly login: string;
  /** As whom the session acts: task_api where it could bring that along, else the login. */
  readonly user: string;
  readonly superuser: boolean;
  readonly bypassrls: boolean;
  readonly member: boolean;
  readonly timezone: string;
  readonly statement_timeout: string;
  readonly lock_timeout: string;
  /** Whether the session may set the scope of an explicit transaction. */
  readonly enters: boolean;
  readonly tables: readonly TableFacts[];
}

export interface TableFacts {
  readonly name: ProtectedTable;
  readonly owned: boolean;
  /** Row-level security is enabled, and forced upon the owner too. */
  readonly isProtected: boolean;
  /** Which of the four rights the session lacks. */
  readonly missing: readonly string[];
  /** The policies that open rows to the session. */
  readonly policies: readonly string[];
  /** Whether each of them is one rule for reading and writing, so that proving it once is enough. */
  readonly uniform: boolean;
}

/** @returns undefined where the migrations have not run */
export async function isolationFacts(client: Client): Promise<IsolationFacts | undefined> {
  return (await isMigrated(client)) ? readFacts(client) : undefined;
}

async function isMigrated(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ migrated: boolean }>(
    `select to_regrole('task_api') is not null and to_regclass('users') is not null
        and to_regclass('tasks') is not null
        and to_regprocedure('enter_scope(uuid)') is not null as migrated`,
  );
  return rows[0]?.migrated === true;
}

async function readFacts(client: Client): Promise<IsolationFacts | undefined> {
  const { rows } = await client.query<IsolationFacts>(`
    with opening as (
      select polrelid as relation, polname::text as name,
        coalesce(polcmd = '*' and pg_get_expr(polqual, polrelid)
          = coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid)), false) as uniform
      from pg_policy
      where polpermissive and exists (
        select from unnest(polroles) role where role = 0 or pg_has_role(role, 'usage'))
    ), protected as (
      select relname as name, pg_has_role(relowner, 'usage') as owned,
        relrowsecurity and relforcerowsecurity as "isProtected",
        array(select kind from unnest('{select,insert,update,delete}'::text[]) kind
              where not has_table_privilege(oid, kind)) as missing,
        array(select name from opening where relation = oid order by name) as policies,
        not exists (select from opening where relation = oid and not uniform) as uniform
      from pg_class where oid in ('users'::regclass, 'tasks'::regclass)
    )
    select session_user as login, current_user as "user",
      rolsuper as superuser, rolbypassrls as bypassrls,
      pg_has_role('task_api', 'usage') as member,
      current_setting('TimeZone') as timezone,
      current_setting('statement_timeout') as statement_timeout,
      current_setting('lock_timeout') as lock_timeout,
      has_function_privilege('enter_scope(uuid)', 'execute') as enters,
      (select json_agg(protected order by name desc) from protected) as tables
    from pg_roles where rolname = current_user`);
  return rows[0];
}
