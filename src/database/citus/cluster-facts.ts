import type { Client } from 'pg';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';
import { type TablePlace, TABLES } from './distribution';
import { perilousRowMovers } from './row-movers';

/** Facts from the catalogue of a node about its cluster and the tables of the API. */
export interface ClusterFacts {
  readonly database: string;
  readonly schema: string;
  /** Whether SQL has to write the name of the schema between quotes. */
  readonly isQuoted: boolean;
  readonly login: string;
  /** Such as `13.2.2`. */
  readonly version: string;
  readonly isCoordinator: boolean;
  readonly nodes: readonly ClusterNode[];
  readonly tables: readonly TablePlace[];
  /** Functions by which this login would lose rows. */
  readonly rowMovers: readonly string[];
}

export interface ClusterNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly isCoordinator: boolean;
  readonly isActive: boolean;
  readonly holdsShards: boolean;
}

/** @returns undefined where the database has no Citus */
export async function clusterFacts(
  client: Client,
  at: NamesSchema,
): Promise<ClusterFacts | undefined> {
  const { rowCount } = await client.query(`select from pg_extension where extname = 'citus'`);
  if (rowCount === 0) return undefined;
  const { rows } = await client.query<
    Pick<ClusterFacts, 'database' | 'schema' | 'isQuoted' | 'login' | 'version' | 'isCoordinator'>
  >(
    `select current_database()::text as database, $1::text as schema,
       quote_ident($1) <> $1 as "isQuoted", current_user::text as login,
       current_setting('citus.version') as version, citus_is_coordinator() as "isCoordinator"`,
    [at.schema ?? DEFAULT_SCHEMA],
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The database has no catalogue');
  return {
    ...facts,
    nodes: await nodesOf(client),
    tables: await placesOf(client, at),
    rowMovers: await perilousRowMovers(client),
  };
}

async function nodesOf(client: Client): Promise<readonly ClusterNode[]> {
  const { rows } = await client.query<ClusterNode>(
    `select nodeid as id, nodename as host, nodeport as port, groupid = 0 as "isCoordinator",
       isactive as "isActive", shouldhaveshards as "holdsShards"
     from pg_dist_node
     where noderole = 'primary'
     order by nodeid`,
  );
  return rows;
}

async function placesOf(
  client: Client,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<readonly TablePlace[]> {
  const { rows } = await client.query<TablePlace>(
    `select relname as name, pg_get_userbyid(relowner)::text as owner,
       pg_has_role(relowner, 'usage') as owned,
       case
         when partmethod = 'h' then 'hash'
         when partmethod = 'n' and repmodel = 't' then 'reference'
         -- Citus knows a table that refers to a reference table, and leaves its rows where they are.
         when partmethod is null or partmethod = 'n' and colocationid = 0 then 'local'
         else 'other'
       end as kind,
       case when partmethod = 'h' then column_to_column_name(logicalrelid, partkey) end as column,
       colocationid::int as colocation
     from unnest($1::text[]) with ordinality known (name, place)
       join pg_class on relname = name and relnamespace = to_regnamespace(quote_ident($2))
       left join pg_dist_partition on logicalrelid = pg_class.oid
     order by place`,
    [TABLES, schema],
  );
  return rows;
}

/** The nodes that the coordinator reaches with the rights of a session, by their ids. */
export async function reachedNodes(client: Client): Promise<ReadonlySet<number>> {
  const { rows } = await client.query<{ nodeid: number }>(
    `select nodeid from run_command_on_all_nodes('select 1') where success`,
  );
  return new Set(rows.map(({ nodeid }) => nodeid));
}

/** The nodes that each node reaches in its turn, by its id. */
export async function reachBetweenNodes(
  client: Client,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const { rows } = await client.query<{ nodeid: number; reached: number[] | null }>(
    `select nodeid, nullif(result, '')::json as reached
     from run_command_on_all_nodes(
       'select json_agg(nodeid) from run_command_on_all_nodes(''select 1'') where success')
     where success`,
  );
  return new Map(rows.map(({ nodeid, reached }) => [nodeid, reached ?? []]));
}

/** Whether a role may log in to a node, according to its catalogue. */
export interface RoleOnNode {
  readonly logsIn: boolean;
  readonly connects: boolean;
}

/** @returns by the id of the node, without nodes that do not answer or lack the role */
export async function roleOnNodes(
  client: Client,
  role: string,
): Promise<ReadonlyMap<number, RoleOnNode>> {
  const { rows } = await client.query<{ nodeid: number; found: RoleOnNode | null }>(
    `select nodeid, result::json as found
     from run_command_on_all_nodes(format(
       'select json_build_object(
          ''logsIn'', rolcanlogin,
          ''connects'', has_database_privilege(oid, current_database(), ''connect''))
        from pg_roles where rolname = %L', $1::text))
     where success and result <> ''`,
    [role],
  );
  return new Map(rows.flatMap(({ nodeid, found }) => (found === null ? [] : [[nodeid, found]])));
}
