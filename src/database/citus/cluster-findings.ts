import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Finding } from '../finding';
import type { ClusterFacts, ClusterNode, RoleOnNode } from './cluster-facts';
import { isInPlace, type TablePlace, TABLES } from './distribution';
import { nameOf } from './shard-map';

/** The tests run on 13.2; releases before 13 were never tried. */
const OLDEST_MAJOR = 13;

/** What prevents distribution, without the findings on the nodes. */
export function clusterFindings(facts: ClusterFacts): readonly Finding[] {
  const major = Number.parseInt(facts.version, 10);
  if (major < OLDEST_MAJOR) {
    return [{ what: `Citus ${facts.version} is too old`, remedies: ['use Citus 13.2 or newer'] }];
  }
  if (!facts.isCoordinator) return [workerFinding(facts.nodes)];
  return [
    ...nodeFindings(facts),
    ...schemaFindings(facts),
    ...tableFindings(facts),
    ...rowMoverFindings(facts),
  ];
}

/** The remedy of a database without Citus. */
export function noCluster(database: string): Finding {
  return {
    what: `the database ${database} has no Citus`,
    remedies: [
      `create extension citus;  -- in this database on every node, with citus in shared_preload_libraries`,
    ],
  };
}

function workerFinding(nodes: readonly ClusterNode[]): Finding {
  const coordinator = nodes.find(({ isCoordinator }) => isCoordinator);
  const where = coordinator === undefined ? 'the coordinator' : nameOf(coordinator);
  return {
    what: 'this node is a worker, and tables are distributed from the coordinator',
    remedies: [`let DATABASE_URL and DATABASE_OWNER_URL name ${where}`],
  };
}

function nodeFindings({ nodes }: ClusterFacts): Finding[] {
  const findings: Finding[] = [];
  if (!nodes.some(({ isCoordinator }) => isCoordinator)) {
    findings.push({
      what: 'the coordinator is not among its own nodes',
      remedies: [`select citus_set_coordinator_host('…', 5432);  -- as the workers reach it`],
    });
  }
  if (!nodes.some(({ holdsShards }) => holdsShards)) {
    findings.push({
      what: 'no node holds shards',
      remedies: [`select citus_add_node('…', 5432);  -- for each worker`],
    });
  }
  for (const node of nodes.filter(({ isActive }) => !isActive)) {
    findings.push({
      what: `the node ${nameOf(node)} is not active`,
      remedies: [`select citus_activate_node(${escapeLiteral(node.host)}, ${node.port});`],
    });
  }
  return findings;
}

function schemaFindings({ schema, isQuoted }: ClusterFacts): Finding[] {
  if (!isQuoted) return [];
  const name = schema.toLowerCase().replaceAll(/\W/g, '_');
  return [
    {
      what: `the name of the schema ${schema} needs quotes: Citus passes no grant or revoke on its functions to the workers, where everybody may call them`,
      remedies: [
        `alter schema ${escapeIdentifier(schema)} rename to ${name};  -- while no server runs; then ?schema=${name} in the URLs`,
      ],
    },
  ];
}

function tableFindings({ tables, login }: ClusterFacts): Finding[] {
  if (tables.length < TABLES.length) {
    return [
      { what: 'the tables of the API are missing', remedies: ['npm run cli -- migrate, first'] },
    ];
  }
  const otherwise = tables.filter((table) => table.kind !== 'local' && !isInPlace(table, tables));
  const foreign = tables.filter(({ owned }) => !owned);
  return [
    ...otherwise.map((table) => ({
      what: `the table ${table.name} is ${describe(table)}, which is not how the API needs it`,
      remedies: [
        `select undistribute_table(${escapeLiteral(table.name)}, cascade_via_foreign_keys => true);  -- as a superuser, while no server runs; then run it again`,
      ],
    })),
    ...foreign.slice(0, 1).map(({ owner }) => ({
      what: `${login} may not distribute ${foreign.map(({ name }) => name).join(', ')}: the owner is ${owner}`,
      remedies: [`let DATABASE_OWNER_URL name ${owner}, or a member of that role`],
    })),
  ];
}

function describe({ kind, column }: TablePlace): string {
  if (kind === 'reference') return 'a reference table';
  if (kind === 'hash') return `distributed by ${column ?? ''}, or apart from the other tables`;
  return 'distributed in another way';
}

function rowMoverFindings({ login, rowMovers }: ClusterFacts): Finding[] {
  if (rowMovers.length === 0) return [];
  return [
    {
      what: `${login} may move rows by functions of Citus, and would lose them: row-level security hides them from it`,
      remedies: [`revoke execute on function ${rowMovers.join(', ')} from public;`],
    },
  ];
}

/** As which roles the coordinator logs in to the other nodes, and where it may. */
export interface RoleReach {
  readonly role: string;
  readonly reached: ReadonlySet<number>;
  readonly onNodes: ReadonlyMap<number, RoleOnNode>;
}

/**
 * The nodes that the coordinator cannot reach as a role, since it logs in there as the user of a
 * session.
 */
export function reachFindings(
  { nodes, database }: ClusterFacts,
  { role, reached, onNodes }: RoleReach,
): readonly Finding[] {
  const lost = nodes.filter(({ id, isActive }) => isActive && !reached.has(id));
  if (lost.length === 0) return [];
  const known = lost.flatMap(({ id }) => onNodes.get(id) ?? []);
  const name = escapeIdentifier(role);
  const remedies = [
    ...(known.every(({ logsIn }) => logsIn) ? [] : [`alter role ${name} login;`]),
    ...(known.every(({ connects }) => connects)
      ? []
      : [`grant connect on database ${escapeIdentifier(database)} to ${name};`]),
  ];
  return [
    {
      what: `the coordinator cannot log in as ${role} to ${lost.map(nameOf).join(', ')}`,
      remedies: remedies.length > 0 ? remedies : otherRemedies(role),
    },
  ];
}

/**
 * The workers that do not reach every node as a role. A server may ask a worker for rows that have just left
 * it, and the worker passes the statement on.
 */
export function mutualReachFindings(
  { nodes }: Pick<ClusterFacts, 'nodes'>,
  role: string,
  reach: ReadonlyMap<number, readonly number[]>,
): readonly Finding[] {
  const active = nodes.filter(({ isActive }) => isActive);
  const cut = active.filter(({ id }) => active.some((node) => !reach.get(id)?.includes(node.id)));
  if (cut.length === 0) return [];
  return [
    {
      what: `${cut.map(nameOf).join(', ')} cannot log in as ${role} to every node of the cluster`,
      remedies: otherRemedies(role).slice(1),
    },
  ];
}

function otherRemedies(role: string): readonly string[] {
  return [
    'start the nodes that do not run',
    `let pg_hba.conf of each node trust the others, or on each node: insert into pg_dist_authinfo values (0, ${escapeLiteral(role)}, 'password=…');`,
  ];
}
