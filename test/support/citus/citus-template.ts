import { readFileSync } from 'node:fs';
import { distribute } from '../../../src/database/citus/distribute';
import { withClient } from '../../../src/database/session/client';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';
import { maintainNodes, TEMPLATE_DATABASE } from '../database/test-cluster';

/** Few, for every test file has its own: several users share one, and each worker has several. */
const SHARDS = 8;

/** The nodes that the database of CITUS_URL knows, with the same login. */
export async function workersOf(
  coordinator: ConnectionSettings,
): Promise<readonly ConnectionSettings[]> {
  return withClient(coordinator, async (client) => {
    const { rows } = await client.query<{ host: string; port: number }>(
      `select nodename as host, nodeport as port from pg_dist_node
       where groupid > 0 and isactive and noderole = 'primary' order by groupid`,
    );
    if (rows.length === 0)
      throw new Error('The database of CITUS_URL has no worker: citus_add_node');
    return rows.map((node) => ({ ...coordinator, ...node }));
  });
}

/** Makes one cluster of the databases of this name on the nodes. */
export async function formCluster(
  coordinator: ConnectionSettings,
  workers: readonly ConnectionSettings[],
): Promise<void> {
  for (const node of [coordinator, ...workers]) {
    await withClient(node, (client) => client.query('create extension citus'));
  }
  await withClient(coordinator, async (client) => {
    await client.query('select citus_set_coordinator_host($1, $2)', [
      coordinator.host,
      coordinator.port,
    ]);
    for (const { host, port } of workers) {
      await client.query('select citus_add_node($1, $2)', [host, port]);
    }
  });
}

/** Distributes the migrated tables. Afterwards nobody connects to the template, on any node. */
export async function distributeTemplate(template: DatabaseEndpoint): Promise<void> {
  const roles = readFileSync('ops/postgres/roles-citus.sql', 'utf8');
  // In the template, where the role was made: Citus hands on only changes to roles that it knows there.
  await withClient(template.owner, (client) =>
    client.query(roles.replaceAll(':"DBNAME"', TEMPLATE_DATABASE)),
  );
  await distribute(template, { shards: SHARDS });
  await closeTemplate();
}

/** Citus keeps a process in each database, and a database is cloned only while it has no session. */
async function closeTemplate(): Promise<void> {
  await maintainNodes(`alter database ${TEMPLATE_DATABASE} allow_connections false`);
  await maintainNodes(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${TEMPLATE_DATABASE}'`,
  );
}
