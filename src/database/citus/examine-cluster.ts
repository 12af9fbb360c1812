import { ANSWER_LIMIT_MS } from '../session/database-session';
import type { Finding } from '../finding';
import { openOwnerSession } from '../schema/owner-session';
import type { DatabaseEndpoint } from '../session/connection-settings';
import { DEFAULT_SCHEMA } from '../session/search-path';
import { type ClusterFacts, clusterFacts } from './cluster-facts';
import { clusterFindings } from './cluster-findings';
import { rightsDiffer, shardFindings } from './node-findings';
import { loginFindings } from './node-logins';
import { nodeReports } from './node-reports';

export interface ClusterState {
  readonly facts: ClusterFacts;
  /** What is wrong with nodes, logins, tables or shards. */
  readonly findings: readonly Finding[];
  /** The rights on some node differ from the coordinator's, as on one added later. */
  readonly rightsDiffer: boolean;
}

/**
 * Looks at the cluster of a database, and changes nothing.
 * @returns undefined where there is no Citus
 * @throws the driver's error
 */
export async function examineCluster({
  api,
  owner,
}: Pick<DatabaseEndpoint, 'api' | 'owner'>): Promise<ClusterState | undefined> {
  const session = await openOwnerSession(owner, 'doctor', {
    connectionTimeoutMillis: ANSWER_LIMIT_MS,
    query_timeout: ANSWER_LIMIT_MS,
  });
  try {
    const facts = await clusterFacts(session, owner);
    if (facts === undefined) return undefined;
    const outside = clusterFindings(facts);
    const findings = outside.length > 0 ? outside : await loginFindings(session, facts, api);
    if (findings.length > 0) return { facts, findings, rightsDiffer: false };
    const reports = await nodeReports(session, owner.schema ?? DEFAULT_SCHEMA);
    return {
      facts,
      findings: shardFindings(reports, facts.nodes),
      rightsDiffer: rightsDiffer(reports, facts.nodes),
    };
  } finally {
    await session.end();
  }
}
