import type { Client } from 'pg';
import { type FunctionName, SETTINGS, UNSET } from './isolation-plan';
import type { Relations } from './known-tables';
import { isOfLater } from './later-migrations';

/** What a session is and may become, and how it begins. */
export interface SessionFacts {
  /** Where the tables are. */
  readonly schema: string;
  readonly login: string;
  /** The role of the session: task_api if the startup option could set it, else the login. */
  readonly user: string;
  /** Attributes of that role that bypass row-level security, such as `BYPASSRLS`. */
  readonly powers: readonly string[];
  readonly member: boolean;
  readonly functions: readonly FunctionFacts[];
  readonly memberships: readonly Membership[];
  /** Rights that ordinary roles lack, such as functions that read files. */
  readonly reserved: readonly Reserved[];
  /** Settings of the server that the session may change by a right of its own. */
  readonly parameters: readonly ParameterGrant[];
  /** The owner of the database, as SQL. */
  readonly administrator: string;
  /** The values of `settingsRead`. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the session begins with of `UNSET`. */
  readonly preset: readonly string[];
  /** Relevant settings that the database or the login makes at the start of a session. */
  readonly defaults: readonly SettingDefault[];
  /** Where the session may create objects that its own statements could find. */
  readonly creates: readonly string[];
}

/** About a function that gives a transaction its scope, or that a policy calls. */
export interface FunctionFacts {
  readonly name: FunctionName;
  readonly isExecutable: boolean;
  readonly body: string;
  /** In PL/pgSQL, and with the rights of who calls it. */
  readonly isPlain: boolean;
  /** The names of its own settings. */
  readonly settings: readonly string[];
  /** Its body begins with the name of a later migration, and it belongs to the owner of the tables. */
  readonly isOfLater: boolean;
}

/** A role that the session may become, by way of `direct`. */
export interface Membership {
  readonly member: string;
  readonly direct: string;
  readonly reaches: string;
}

/** A right on a function or a table of the catalogue, as SQL. */
export interface Reserved {
  readonly right: string;
  readonly sql: string;
  readonly grantees: readonly string[];
}

export interface ParameterGrant {
  readonly parameter: string;
  readonly grantees: readonly string[];
}

/** A row of pg_db_role_setting; `null` stands for every role or every database. */
export interface SettingDefault {
  readonly setting: string;
  readonly role: string | null;
  readonly database: string | null;
}

const LIMITS = [
  'TimeZone',
  'DateStyle',
  'statement_timeout',
  'lock_timeout',
  'search_path',
] as const;
const settingsRead: readonly string[] = [...LIMITS, ...Object.keys(SETTINGS)];

/** Of the predefined roles, those that give no way to rows, files or other sessions. */
const HARMLESS_ROLES: readonly string[] = ['pg_database_owner', 'pg_use_reserved_connections'];

/** Rights in a newly initialised cluster, on its own functions, tables and views. */
const RESERVED = `
  select coalesce(json_agg(found), '[]') from (
    select lower(privilege_type) as "right", sql,
      json_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end) as grantees
    from (
      select 'pg_proc'::regclass as class, oid, 0 as part,
        'function ' || oid::regprocedure as sql, proowner as owner, proacl as acl
      from pg_proc where proacl is not null
      union all
      select 'pg_class'::regclass, oid, 0, oid::regclass::text, relowner, relacl
      from pg_class where relacl is not null
      union all
      select 'pg_class'::regclass, pg_class.oid, attnum, attrelid::regclass::text, relowner, attacl
      from pg_attribute join pg_class on pg_class.oid = attrelid where attacl is not null
    ) object, aclexplode(acl) as "now"
    where grantee <> owner and (grantee = 0 or pg_has_role(grantee, 'member'))
      and exists (
        select from pg_init_privs
        where classoid = class and objoid = oid and objsubid = 0 and privtype = 'i')
      and not exists (
        select from pg_init_privs, aclexplode(initprivs) initial
        where classoid = class and objoid = oid and objsubid = part
          and initial.grantee = "now".grantee and initial.privilege_type = "now".privilege_type)
    group by sql, privilege_type order by sql, privilege_type) found`;

/** A mark such as a comment that has `enter_scope_1796000000000`, at the beginning of a body. */
const MARK = `substring(prosrc from '^\\s*/\\* (' || proname || '_[0-9]+) \\*/')`;

/** @param later the times of migrations that this program does not know */
export async function readSessionFacts(
  client: Client,
  { schema, oids, functions }: Relations,
  later: readonly string[],
): Promise<SessionFacts> {
  const { rows } = await client.query<SessionFacts>(
    `
    with me as (
      select * from pg_roles where rolname = current_user
    ), powers (power, role) as (
      select power, oid
      from pg_roles, lateral (values
        ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls),
        ('CREATEROLE', rolcreaterole), ('REPLICATION', rolreplication)) held (power, holds)
      where holds
    ), dangerous (role, name) as (
      select oid, rolname || coalesce(format(' (%s)', string_agg(power, ', ')), '')
      from pg_roles left join (
          select * from powers
          union
          select 'owner of tables', relowner from pg_class where oid = any ($5::oid[])
        ) reach on role = oid
      where power is not null or (rolname like 'pg\\_%' and rolname <> all ($1::text[]))
      group by oid, rolname
    ), places (schema, place) as (
      select * from unnest(current_schemas(true)) with ordinality
    )
    select $2::text as schema, session_user::text as login, current_user::text as "user",
      array(select power from powers, me where role = me.oid) as powers,
      (select datdba::regrole::text from pg_database where datname = current_database()) as administrator,
      pg_has_role('task_api', 'usage') as member,
      (select coalesce(json_agg(found), '[]') from (
        select m.member::regrole::text as member, m.roleid::regrole::text as direct,
          string_agg(dangerous.name, ', ' order by dangerous.name) as reaches
        from pg_auth_members m join dangerous on pg_has_role(m.roleid, dangerous.role, 'member'), me
        where m.member in (me.oid, 'task_api'::regrole) and m.roleid <> 'task_api'::regrole
        group by m.member, m.roleid) found) as memberships,
      (select json_agg(json_build_object(
          'name', proname,
          'isExecutable', has_function_privilege(pg_proc.oid, 'execute'),
          'body', btrim(regexp_replace(prosrc, '\\s+', ' ', 'g')),
          'isPlain', lanname = 'plpgsql' and not prosecdef,
          'settings', array(select split_part(config, '=', 1) from unnest(proconfig) config),
          'isOfLater', coalesce(${isOfLater(MARK, '$7')} and proowner = all (
            select relowner from pg_class where oid = any ($5::oid[])), false)) order by proname)
        from pg_proc join pg_language on pg_language.oid = prolang
        where pg_proc.oid = any ($6::oid[])) as functions,
      (${RESERVED}) as reserved,
      (select coalesce(json_agg(found), '[]') from (
        select parname as parameter,
          json_agg(distinct case grantee when 0 then 'public' else grantee::regrole::text end) as grantees
        from pg_parameter_acl, aclexplode(paracl)
        where grantee = 0 or pg_has_role(grantee, 'member')
        group by parname order by parname) found) as parameters,
      (select json_object_agg(name, current_setting(name)) from unnest($3::text[]) name) as settings,
      array(select name from unnest($4::text[]) name
            where coalesce(current_setting(name, true), '') <> '') as preset,
      (select coalesce(json_agg(found), '[]') from (
        select setting, rolname as role, datname as database
        from pg_db_role_setting
          left join pg_roles on pg_roles.oid = setrole
          left join pg_database on pg_database.oid = setdatabase,
          unnest(setconfig) config, lower(split_part(config, '=', 1)) setting
        where (setdatabase = 0 or datname = current_database())
          and (setrole = 0 or rolname in (session_user, 'task_api'))
          and setting = any ($3::text[] || $4::text[])
        order by setting, role, database) found) as defaults,
      array(select 'schema ' || quote_ident(schema) from places
            where has_schema_privilege(schema, 'create') and schema !~ '^pg_temp') ||
        array(select 'database ' || quote_ident(current_database())
              where has_database_privilege(current_database(), 'create')) as creates`,
    [
      HARMLESS_ROLES,
      schema,
      settingsRead,
      Object.keys(UNSET),
      oids,
      Object.values(functions),
      later,
    ],
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The session has no role');
  return facts;
}
