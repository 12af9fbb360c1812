import type { Client } from 'pg';
import { type KnownTable, OWNER_COLUMN } from './isolation-plan';
import type { Relations } from './known-tables';
import { isOfLater } from './later-migrations';

export interface TablesFacts {
  readonly tables: readonly TableFacts[];
  /** Relations by which the session reaches rows of the tables without their policies. */
  readonly detours: readonly Detour[];
  /** Whether the rows of any of the tables are on the workers of Citus. */
  readonly isDistributed: boolean;
}

export interface TableFacts {
  readonly name: KnownTable;
  /** With its schema, as SQL. */
  readonly sql: string;
  /** The session may become the owner, or is it. */
  readonly owned: boolean;
  readonly owner: string;
  /** Row-level security is enabled, and forced upon the owner too. */
  readonly isProtected: boolean;
  /** What the session may do, in any way. */
  readonly rights: readonly string[];
  readonly grants: readonly Grant[];
  /** The policies that apply to the session. */
  readonly policies: readonly Policy[];
  /** Whether the foreign key that deletes the rows of an account is active. */
  readonly cascades: boolean;
  /** SQL that removes foreign code that runs with each statement. */
  readonly attachments: readonly Attachment[];
}

/** A right of the session, and its grantees: roles or `public`, as SQL. */
export interface Grant {
  readonly right: string;
  readonly grantees: readonly string[];
  /** Whether the session may pass it on. */
  readonly grantable: boolean;
}

export interface Policy {
  readonly name: string;
  readonly isRestrictive: boolean;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly using: string | null;
  readonly check: string | null;
}

export interface Attachment {
  readonly what: string;
  readonly remedy: string;
}

export interface Detour {
  /** With its schema, as SQL; sequences say so. */
  readonly sql: string;
  readonly grantees: readonly string[];
}

/**
 * Where `pg_catalog` alone is searched, so that every other name is printed with its schema.
 * @param later the times of migrations that this program does not know
 */
export async function readTableFacts(
  client: Client,
  { names, oids }: Relations,
  later: readonly string[],
): Promise<Omit<TablesFacts, 'isDistributed'>> {
  const owners: Readonly<Record<string, string>> = OWNER_COLUMN;
  const tables = await client.query<TableFacts>(`${GRANTS} ${TABLES}`, [
    names,
    oids,
    later,
    names.map((name) => owners[name]),
    oids[names.indexOf('users')],
    OWNER_COLUMN.users,
  ]);
  const detours = await client.query<Detour>(DETOURS, [oids]);
  return { tables: tables.rows, detours: detours.rows };
}

/** Two queries, since PostgreSQL without Citus knows no such table. */
export async function areDistributed(client: Client, { oids }: Relations): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(
    `select to_regclass('pg_catalog.pg_dist_partition') is not null as known`,
  );
  if (rows[0]?.known !== true) return false;
  const { rowCount } = await client.query(
    'select from pg_catalog.pg_dist_partition where logicalrelid::oid = any ($1::oid[]) limit 1',
    [oids],
  );
  return rowCount === 1;
}

/** Every grant on the tables and their columns that applies to the session. */
const GRANTS = `
  with known as (
    select * from unnest($1::text[], $2::oid[], $4::text[]) known (name, relation, owner_column)
  ), acl (relation, item) as (
    select oid, relacl from pg_class
    union all
    select attrelid, attacl from pg_attribute
  ), grants as (
    select relation, lower(privilege_type) as "right", bool_or(is_grantable) as grantable,
      json_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end) as grantees
    from known join acl using (relation) join pg_class on oid = relation, aclexplode(item)
    where grantee <> relowner and (grantee = 0 or pg_has_role(grantee, 'member'))
    group by relation, lower(privilege_type)
  )`;

/**
 * Functions that a table needs for its rows: in constraints, defaults and indexes, and in the
 * domains and operators that these or the columns use.
 */
const NEEDED = `
  with recursive needed (classid, objid) as (
    select 'pg_class'::regclass::oid, relation
    union
    select next.classid, next.objid
    from needed, lateral (
      select refclassid, refobjid from pg_depend
      where pg_depend.classid = needed.classid and pg_depend.objid = needed.objid
      union all
      select 'pg_constraint'::regclass, oid from pg_constraint
      where needed.classid = 'pg_class'::regclass and conrelid = needed.objid
        or needed.classid = 'pg_type'::regclass and contypid = needed.objid
      union all
      select 'pg_attrdef'::regclass, oid from pg_attrdef
      where needed.classid = 'pg_class'::regclass and adrelid = needed.objid
      union all
      select 'pg_class'::regclass, indexrelid from pg_index
      where needed.classid = 'pg_class'::regclass and indrelid = needed.objid
    ) next (classid, objid)
  )
  select classid, objid from needed`;

/** A table without a reference to an account is not deleted with one. */
const CASCADES = `
  owner_column is null or relation = $5 or exists (
    select from pg_constraint
    where contype = 'f' and conrelid = relation and confrelid = $5 and confdeltype = 'c' and not condeferrable
      and conkey = array(
        select attnum from pg_attribute where attrelid = relation and attname = owner_column)
      and confkey = array(select attnum from pg_attribute where attrelid = $5 and attname = $6)
      -- PostgreSQL 18 knows keys that nobody enforces, and a superuser can switch the triggers off.
      and coalesce(to_jsonb(pg_constraint) ->> 'conenforced', 'true') = 'true'
      and not exists (
        select from pg_trigger where tgconstraint = pg_constraint.oid and tgenabled not in ('O', 'A')))`;

const TABLES = `
  select name, relation::regclass::text as sql,
    pg_has_role(relowner, 'member') as owned, pg_get_userbyid(relowner)::text as owner,
    relrowsecurity and relforcerowsecurity as "isProtected",
    array(select kind from unnest('{select,insert,update,delete}'::text[]) kind
          where has_table_privilege(relation, kind)) as rights,
    (select coalesce(json_agg(json_build_object(
        'right', "right", 'grantable', grantable, 'grantees', grantees) order by "right"), '[]')
      from grants where grants.relation = known.relation) as grants,
    (select coalesce(json_agg(json_build_object(
        'name', polname,
        'isRestrictive', not polpermissive,
        'command', case polcmd
          when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
          else 'all' end,
        'using', pg_get_expr(polqual, polrelid),
        'check', pg_get_expr(polwithcheck, polrelid)) order by polname), '[]')
      from pg_policy
      where polrelid = relation and exists (
          select from unnest(polroles) role where role = 0 or pg_has_role(role, 'usage'))
        -- It can only narrow what the one policy shows.
        and not (not polpermissive and ${isOfLater('polname', '$3')})) as policies,
    ${CASCADES} as cascades,
    (select coalesce(json_agg(json_build_object('what', what, 'remedy', remedy)), '[]') from (
      select format('the trigger %I', tgname), format('drop trigger %I on %s;', tgname, relation::regclass)
      from pg_trigger join pg_proc routine on routine.oid = tgfoid
      where tgrelid = relation and not tgisinternal and tgenabled <> 'D'
        -- It acts as the session, under the policies.
        and not (not prosecdef and proowner = relowner and ${isOfLater('tgname', '$3')})
      union all
      select format('the rule %I', rulename), format('drop rule %I on %s;', rulename, relation::regclass)
      from pg_rewrite where ev_class = relation and relkind in ('r', 'p') and ev_enabled <> 'D'
      union all
      select format('the function %s with the rights of its owner', routine.oid::regprocedure),
        format('alter function %s security invoker;', routine.oid::regprocedure)
      from (${NEEDED}) needed join pg_proc routine on routine.oid = objid
      where classid = 'pg_proc'::regclass and prosecdef
    ) attached (what, remedy)) as attachments
  from known join pg_class on pg_class.oid = relation`;

/** Views, parents, children and sequences of the tables on which the session has any right. */
const DETOURS = `
  with recursive link (source, target) as (
    select refobjid, ev_class from pg_depend join pg_rewrite on pg_rewrite.oid = objid
    where classid = 'pg_rewrite'::regclass and refclassid = 'pg_class'::regclass
    union all select inhparent, inhrelid from pg_inherits
    union all select inhrelid, inhparent from pg_inherits
    union all select refobjid, pg_class.oid from pg_depend join pg_class on pg_class.oid = objid
    where classid = 'pg_class'::regclass and refclassid = classid and relkind = 'S'
  ), reached (relation) as (
    select unnest($1::oid[])
    union
    select target from reached join link on source = relation
  ), acl (relation, item) as (
    select oid, relacl from pg_class
    union all
    select attrelid, attacl from pg_attribute
  )
  select case relkind when 'S' then 'sequence ' else '' end || relation::regclass as sql,
    json_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end) as grantees
  from reached join pg_class on pg_class.oid = relation join acl using (relation), aclexplode(item)
  where relation <> all ($1::oid[]) and (grantee = 0 or pg_has_role(grantee, 'member'))
    -- Such a view asks as its reader, whom the policies bind.
    and not (relkind = 'v' and coalesce((select option_value::boolean
      from pg_options_to_table(reloptions) where option_name = 'security_invoker'), false))
  group by relation, relkind`;
