import type { Client } from 'pg';
import { DatabaseSession } from '../database-session';
import { type Finding, requireNoObstacles } from '../finding';
import { isLockFailure, type Patience, untilUnlocked } from '../online-migrations/lock-patience';
import { MigrationError, takeMigrationLock } from '../schema/migration-lock';
import { openOwnerSession } from '../schema/owner-session';
import { withClient } from '../session/client';
import type { ConnectionSettings, DatabaseEndpoint } from '../session/connection-settings';
import { type ClusterFacts, clusterFacts, reachedNodes, roleOnNodes } from './cluster-facts';
import { clusterFindings, noCluster, reachFindings } from './cluster-findings';
import { distributionSql } from './distribution';

export interface Distribution {
  /** How many; those of a database that is distributed stay as many as they are. */
  readonly shards?: number | undefined;
  /** To do nothing but check. */
  readonly isDry?: boolean;
}

/** A request gives up before, and is repeated by its client. */
const LOCK_TIMEOUT_MS = 200;
const PATIENCE: Patience = { pauseMs: 500, totalMs: 60_000 };

/**
 * Distributes the tables over the workers of a Citus cluster, as their owner, with all their rows. It
 * may run again, and does what is missing.
 * @returns the SQL that has run, or would
 * @throws DatabaseObstaclesError, MigrationError, or the driver's error
 */
export async function distribute(
  { api, owner }: Pick<DatabaseEndpoint, 'api' | 'owner'>,
  { shards, isDry = false }: Distribution = {},
): Promise<readonly string[]> {
  const session = await openOwnerSession(owner, 'distribute');
  try {
    await takeMigrationLock(session);
    const facts = await requireCluster(session, owner);
    requireNoObstacles(await loginFindings(session, facts, api));
    const statements = distributionSql(facts.tables, shards);
    if (!isDry) await run(session, statements);
    return statements;
  } finally {
    await session.end();
  }
}

async function requireCluster(session: Client, owner: ConnectionSettings): Promise<ClusterFacts> {
  const facts = await clusterFacts(session, owner);
  requireNoObstacles(
    facts === undefined ? [noCluster(owner.database ?? '')] : clusterFindings(facts),
  );
  if (facts === undefined) throw new Error('A database without Citus was let through');
  return facts;
}

/** Tries both logins on every node: as the owner here, and as a session that serves requests. */
async function loginFindings(
  session: Client,
  facts: ClusterFacts,
  api: ConnectionSettings,
): Promise<readonly Finding[]> {
  const reached = await reachedNodes(session);
  const byOwner = reachFindings(facts, { role: facts.login, reached, onNodes: new Map() });
  if (byOwner.length > 0) return byOwner;
  const { config } = await DatabaseSession.negotiate(api);
  return withClient(config, async (client) => {
    const { rows } = await client.query<{ role: string }>('select current_user::text as role');
    const role = rows[0]?.role ?? '';
    return reachFindings(facts, {
      role,
      reached: await reachedNodes(client),
      onNodes: await roleOnNodes(session, role),
    });
  });
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
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = isLockFailure(error)
    ? 'wait for the transactions that use the tables, or stop the servers, then run it again'
    : 'remove the cause, then run it again: it does what is missing';
  return `The tables stay as they were: ${reason}: ${remedy}`;
}
