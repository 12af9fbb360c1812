import type { Client } from 'pg';
import { nodeOfError } from '../database-errors';
import { requireNoObstacles } from '../finding';
import { isLockFailure, type Patience, untilUnlocked } from '../online-migrations/lock-patience';
import { MigrationError, takeMigrationLock } from '../schema/migration-lock';
import { openOwnerSession } from '../schema/owner-session';
import type { ConnectionSettings, DatabaseEndpoint } from '../session/connection-settings';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';
import { type ClusterFacts, clusterFacts } from './cluster-facts';
import { clusterFindings, noCluster } from './cluster-findings';
import { distributionSql } from './distribution';
import { rightsDiffer, shardFindings } from './node-findings';
import { requireIsolationOnNodes } from './node-isolation';
import { loginFindings } from './node-logins';
import { nodeReports, rightsSql } from './node-reports';

export interface Distribution {
  /** The number of shards; a distributed database keeps its number. */
  readonly shards?: number | undefined;
  /** To do nothing but check. */
  readonly isDry?: boolean;
}

/** A request gives up earlier, and its client repeats it. */
const LOCK_TIMEOUT_MS = 200;
const PATIENCE: Patience = { pauseMs: 500, totalMs: 60_000 };

/**
 * Distributes the tables over the workers of a Citus cluster, as their owner, with all their rows,
 * and gives each node the rights of the coordinator. A repeated run does only what is missing.
 * @returns the SQL that has run, or would
 * @throws DatabaseObstaclesError, MigrationError, or the driver's error
 */
export async function distribute(
  { api, owner }: Pick<DatabaseEndpoint, 'api' | 'owner'>,
  { shards, isDry = false }: Distribution = {},
): Promise<readonly string[]> {
  const session = await openOwnerSession(owner, 'distribute');
  const perform = async (statements: readonly string[]): Promise<readonly string[]> => {
    if (!isDry) await run(session, statements);
    return statements;
  };
  try {
    await takeMigrationLock(session);
    const facts = await requireCluster(session, owner);
    requireNoObstacles(await loginFindings(session, facts, api));
    const done = [
      ...(await perform(distributionSql(facts.tables, shards))),
      ...(await perform(await missingRights(session, facts, owner))),
    ];
    if (!isDry) {
      await requireProtectedShards(session, facts, owner);
      await requireIsolationOnNodes(session, api);
    }
    return done;
  } finally {
    await session.end();
  }
}

async function missingRights(
  session: Client,
  { nodes }: ClusterFacts,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<readonly string[]> {
  const reports = await nodeReports(session, schema);
  return rightsDiffer(reports, nodes) ? rightsSql(session, schema) : [];
}

/** @throws DatabaseObstaclesError */
async function requireProtectedShards(
  session: Client,
  { nodes }: ClusterFacts,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<void> {
  requireNoObstacles(shardFindings(await nodeReports(session, schema), nodes));
}

async function requireCluster(session: Client, owner: ConnectionSettings): Promise<ClusterFacts> {
  const facts = await clusterFacts(session, owner);
  requireNoObstacles(
    facts === undefined ? [noCluster(owner.database ?? '')] : clusterFindings(facts),
  );
  if (facts === undefined) throw new Error('A database without Citus was let through');
  return facts;
}

async function run(session: Client, statements: readonly string[]): Promise<void> {
  await session.query(
    `set lock_timeout = ${LOCK_TIMEOUT_MS}; set statement_timeout = 0; set client_min_messages = error`,
  );
  try {
    await untilUnlocked(() => runOnce(session, statements), PATIENCE);
  } catch (error) {
    throw new MigrationError(explain(error), { cause: error });
  }
}

/** Each statement by itself: Citus refuses several in one string. */
async function runOnce(session: Client, statements: readonly string[]): Promise<void> {
  try {
    for (const statement of statements) await session.query(statement);
  } catch (error) {
    await session.query('rollback');
    throw error;
  }
}

function explain(error: unknown): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const node = nodeOfError(error);
  const remedy = isLockFailure(error) ? 'stop the servers' : 'remove the cause';
  return `Nothing was changed: ${node === undefined ? '' : `${node}: `}${reason}: ${remedy}, then run it again`;
}
