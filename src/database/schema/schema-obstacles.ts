import { type Client, escapeIdentifier } from 'pg';
import type { Finding } from '../finding';
import { type EncodingFacts, encodingFacts, rightDatabase } from './database-encoding';
import { HISTORY_TABLE } from './migration-history';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';

/** The migration that makes each table. Where it has not run, somebody else has made a table of that name. */
const MADE_BY: ReadonlyMap<string, string> = new Map([
  ['users', 'CreateUsers1795305600001'],
  ['tasks', 'CreateTasks1795305600002'],
  ['feeds', 'CreateFeeds1795868000000'],
  ['trash', 'CreateFeeds1795868000000'],
  ['replies', 'CreateFeeds1795868000000'],
]);
/** A name for a schema of one's own, in what the operator is advised to run. */
const ADVISED_SCHEMA = 'task_api';

interface SchemaFacts {
  readonly schema: string;
  readonly login: string;
  readonly exists: boolean;
  readonly createsSchemas: boolean;
  /** Whether the login may make tables there, and let the role task_api use the schema. */
  readonly creates: boolean;
  /** Tables with names of ours. */
  readonly tables: readonly TableOwner[];
  /** Schemas that have the tables of a Task API. */
  readonly homes: readonly string[];
}

interface TableOwner {
  readonly name: string;
  readonly owner: string;
  /** Whether the login may change it. */
  readonly owned: boolean;
}

/**
 * What keeps the owner from running a pending migration, and the remedy. Changes nothing.
 * @param applied the migrations that have run
 */
export async function schemaObstacles(
  session: Client,
  at: NamesSchema,
  applied: readonly string[],
): Promise<readonly Finding[]> {
  const facts = await schemaFacts(session, at);
  const encoding = await encodingFacts(session);
  return applied.length === 0
    ? [
        ...elsewhereFindings(facts, at),
        ...rightFindings(facts, encoding),
        ...foreignTableFindings(facts, encoding),
      ]
    : [...rightFindings(facts, encoding), ...ownerFindings(facts, applied)];
}

async function schemaFacts(
  session: Client,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<SchemaFacts> {
  const { rows } = await session.query<SchemaFacts>(
    `with home (oid) as (
       select to_regnamespace(quote_ident($1))::oid
     )
     select $1::text as schema, current_user::text as login, home.oid is not null as exists,
       has_database_privilege(current_database(), 'create') as "createsSchemas",
       coalesce(
         has_schema_privilege(home.oid, 'create') and has_schema_privilege(home.oid, 'usage')
           and (has_schema_privilege(home.oid, 'usage with grant option')
             or has_schema_privilege('public', home.oid, 'usage')), false) as creates,
       (select coalesce(json_agg(json_build_object(
            'name', relname,
            'owner', pg_get_userbyid(relowner),
            'owned', pg_has_role(relowner, 'usage')) order by relname desc), '[]')
        from pg_class where relnamespace = home.oid and relname = any ($2)) as tables,
       array(
         select relnamespace::regnamespace::text
         from pg_policy join pg_class on pg_class.oid = polrelid
         where polname = 'own_tasks' and relname = 'tasks'
         order by 1) as homes
     from home`,
    [schema, [...MADE_BY.keys(), HISTORY_TABLE]],
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The database has no catalogue');
  return facts;
}

/** A search_path of the login or the database may have led there until now. */
function elsewhereFindings({ homes }: SchemaFacts, { schema }: NamesSchema): Finding[] {
  const [home] = homes;
  if (schema !== undefined || home === undefined) return [];
  return [
    {
      what: `the tables of a Task API are in the schema ${home}, and DATABASE_URL names no schema`,
      remedies: [
        `add ?schema=${home} to DATABASE_URL to use them`,
        `or: add ?schema=${DEFAULT_SCHEMA} to it to make others beside them`,
      ],
    },
  ];
}

function rightFindings(facts: SchemaFacts, encoding: EncodingFacts): Finding[] {
  const { schema, login, exists, creates, createsSchemas } = facts;
  const name = escapeIdentifier(schema);
  if (exists ? creates : createsSchemas) return [];
  if (!exists) {
    const remedies = [`create schema ${name} authorization ${escapeIdentifier(login)};`];
    return [{ what: `there is no schema ${schema}, and ${login} may not create it`, remedies }];
  }
  const remedies =
    schema === DEFAULT_SCHEMA
      ? [
          `grant usage, create on schema ${name} to ${escapeIdentifier(login)} with grant option;`,
          ...otherPlaces(facts, encoding),
        ]
      : [`alter schema ${name} owner to ${escapeIdentifier(login)};`];
  return [{ what: `${login} may not create tables in the schema ${schema}`, remedies }];
}

function foreignTableFindings(facts: SchemaFacts, encoding: EncodingFacts): Finding[] {
  const names = facts.tables.filter(({ name }) => MADE_BY.has(name));
  if (names.length === 0) return [];
  const list = names.map(({ name }) => name).join(' and ');
  return [
    {
      what: `the schema ${facts.schema} has tables of another application, named ${list}`,
      remedies: otherPlaces(facts, encoding),
    },
  ];
}

function ownerFindings({ tables, login }: SchemaFacts, applied: readonly string[]): Finding[] {
  const isOurs = (table: string): boolean => applied.includes(MADE_BY.get(table) ?? table);
  const others = tables.filter(
    ({ name, owned }) => !owned && (name === HISTORY_TABLE || isOurs(name)),
  );
  const [first] = others;
  if (first === undefined) return [];
  const names = others.map(({ name }) => name).join(', ');
  return [
    {
      what: `${login} may not change ${names}: the owner is ${first.owner}`,
      remedies: [`let DATABASE_OWNER_URL name ${first.owner}, or a member of that role`],
    },
  ];
}

/** For a database that is shared with another application. */
function otherPlaces({ login, createsSchemas }: SchemaFacts, encoding: EncodingFacts): string[] {
  const url = `add ?schema=${ADVISED_SCHEMA} to DATABASE_URL, for a schema of the API's own`;
  const sql = `create schema ${ADVISED_SCHEMA} authorization ${escapeIdentifier(login)};  -- and ${url}`;
  return [`or: ${createsSchemas ? url : sql}`, `or: ${rightDatabase(encoding, 'tasks')}`];
}
