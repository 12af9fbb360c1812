import type { Client } from 'pg';
import { TABLES } from './distribution';

/** A node's report on its tables, its shards, and the rights there. */
export interface NodeReport {
  readonly nodeId: number;
  readonly relations: readonly RelationReport[];
  /** On the database and on functions. */
  readonly rights: readonly string[];
}

export interface RelationReport {
  /** Of the table that it is, or a shard of. */
  readonly table: string;
  /** With the number of a shard behind it. */
  readonly name: string;
  /** Row-level security is enabled and forced. */
  readonly isProtected: boolean;
  readonly policies: string;
  readonly rights: readonly Grant[];
}

/** Of others than the owner. */
export interface Grant {
  readonly privileges: string;
  /** A role or `public`, as SQL. */
  readonly grantee: string;
}

/** The rights of each role but the owner, one row each. */
function granted(acl: string, kind: 'd' | 'f' | 'r', owner: string): string {
  return `select string_agg(lower(privilege_type), ', ' order by privilege_type) as privileges,
            case grantee when 0 then 'public' else grantee::regrole::text end as grantee
          from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) item
          where item.grantee <> ${owner}
          group by item.grantee`;
}

/** Runs on the node, in the schema of the API. $1 stands for its name, $2 for those of the tables. */
const REPORT = `
  with relation as (
    select regexp_replace(relname, '_[0-9]+$', '') as base, *
    from pg_class
    where relnamespace = to_regnamespace(quote_ident($1)) and relkind in ('r', 'p')
  )
  select json_build_object(
    'relations', (
      select json_agg(json_build_object(
        'table', base,
        'name', relname,
        'isProtected', relrowsecurity and relforcerowsecurity,
        'policies', (
          select string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::regrole[],
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), '; '
            order by polname)
          from pg_policy where polrelid = relation.oid),
        'rights', (
          select coalesce(json_agg(granted), '[]')
          from (${granted('relacl', 'r', 'relowner')} order by 2) granted)))
      from relation where base = any ($2)),
    'rights', array(
      select format('%s on the database to %s', privileges, grantee)
      from pg_database, lateral (${granted('datacl', 'd', 'datdba')}) granted
      where datname = current_database()
      union all
      select format('%s on %s to %s', privileges, pg_proc.oid::regprocedure, grantee)
      from pg_proc, lateral (${granted('proacl', 'f', 'proowner')}) granted
      where pronamespace = to_regnamespace(quote_ident($1))
        and proowner = (select relowner from relation where relname = 'tasks')))`;

/** Of every node that answers, as the user of the session. */
export async function nodeReports(client: Client, schema: string): Promise<readonly NodeReport[]> {
  const { rows } = await client.query<{ nodeid: number; report: Partial<NodeReport> }>(
    `select nodeid, result::json as report
     from run_command_on_all_nodes(
       replace(replace($1, '$1', quote_literal($2::text)), '$2', quote_literal($3::text[])))
     where success and result <> ''`,
    [REPORT, schema, TABLES],
  );
  return rows.map(({ nodeid, report: { relations, rights } }) => ({
    nodeId: nodeid,
    relations: relations ?? [],
    rights: (rights ?? []).toSorted(),
  }));
}

/**
 * SQL that gives every node the rights of this one on the database and on functions. Citus does not
 * copy these to a node that is added later, but passes statements to it.
 */
export async function rightsSql(client: Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ sql: string }>(
    `with object (kind, name, acl, owner) as (
       select 'database', quote_ident(datname), coalesce(datacl, acldefault('d', datdba)), datdba
       from pg_database where datname = current_database()
       union all
       select 'function', pg_proc.oid::regprocedure::text,
         coalesce(proacl, acldefault('f', proowner)), proowner
       from pg_proc
       where pronamespace = to_regnamespace(quote_ident($1))
         and proowner = (select relowner from pg_class where oid = to_regclass('tasks'))
     )
     select format('revoke all on %s %s from public', kind, name) as sql, kind, name, 0 as place
     from object
     union all
     select format('grant %s on %s %s to %s', string_agg(privilege_type, ', ' order by privilege_type),
         kind, name, case grantee when 0 then 'public' else grantee::regrole::text end),
       kind, name, 1
     from object, aclexplode(acl)
     where grantee <> owner
     group by kind, name, grantee
     order by kind, name, place, sql`,
    [schema],
  );
  return rows.map(({ sql }) => sql);
}
