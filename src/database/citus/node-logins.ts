import type { Client } from 'pg';
import { ANSWER_LIMIT_MS, DatabaseSession } from '../session/database-session';
import type { Finding } from '../finding';
import { withClient } from '../session/client';
import type { ConnectionSettings } from '../session/connection-settings';
import { type ClusterFacts, reachBetweenNodes, reachedNodes, roleOnNodes } from './cluster-facts';
import { mutualReachFindings, reachFindings } from './cluster-findings';

/** Tries both logins on every node: as the owner here, and as a session that serves requests. */
export async function loginFindings(
  session: Client,
  facts: ClusterFacts,
  api: ConnectionSettings,
): Promise<readonly Finding[]> {
  const reached = await reachedNodes(session);
  const byOwner = reachFindings(facts, { role: facts.login, reached, onNodes: new Map() });
  if (byOwner.length > 0) return byOwner;
  const { config } = await DatabaseSession.negotiate(api);
  return withClient({ ...config, query_timeout: ANSWER_LIMIT_MS }, async (client) => {
    const { rows } = await client.query<{ role: string }>('select current_user::text as role');
    const role = rows[0]?.role ?? '';
    const byRole = reachFindings(facts, {
      role,
      reached: await reachedNodes(client),
      onNodes: await roleOnNodes(session, role),
    });
    if (byRole.length > 0) return byRole;
    return mutualReachFindings(facts, role, await reachBetweenNodes(client));
  });
}
