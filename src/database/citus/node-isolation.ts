import type { Client } from 'pg';
import { ANSWER_LIMIT_MS, DatabaseSession } from '../session/database-session';
import { requireNoObstacles } from '../finding';
import { isolationBreaches } from '../isolation/isolation-canary';
import { requireIsolation } from '../isolation/isolation-gate';
import { withClient } from '../session/client';
import type { ConnectionSettings } from '../session/connection-settings';

/**
 * Proves that row-level security holds on each node that has shards: with an account on each node,
 * as a starting server does with any account.
 * @param session of the owner
 * @throws IsolationGateError, DatabaseObstaclesError
 */
export async function requireIsolationOnNodes(
  session: Client,
  api: ConnectionSettings,
): Promise<void> {
  const { config } = await DatabaseSession.negotiate(api);
  await requireIsolation(config, 'transaction');
  for (const { user, node } of await usersOnEachNode(session)) {
    const breaches = await withClient({ ...config, query_timeout: ANSWER_LIMIT_MS }, (client) =>
      isolationBreaches(client, { isDistributed: true }, user),
    );
    requireNoObstacles(breaches.map((breach) => ({ ...breach, what: `${node}: ${breach.what}` })));
  }
}

/** Ids of no account. There are enough of them that, in all likelihood, each shard has one. */
async function usersOnEachNode(
  session: Client,
): Promise<readonly { readonly user: string; readonly node: string }[]> {
  const { rows } = await session.query<{ user: string; node: string }>(
    `select distinct on (nodename, nodeport) id as user, format('%s:%s', nodename, nodeport) as node
     from (
       select gen_random_uuid() as id
       from pg_dist_shard, generate_series(1, 8)
       where logicalrelid = 'tasks'::regclass
     ) account
       join citus_shards on shardid = get_shard_id_for_distribution_column('tasks', id)
     order by nodename, nodeport`,
  );
  return rows;
}
