import type { Client } from 'pg';
import { withClient } from '../../../src/database/session/client';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';

/** Migrated and empty; nobody connects to it, so it can be cloned at any time. */
export const TEMPLATE_DATABASE = `task_api_test_${process.env['TEST_RUN'] ?? process.pid}`;

const VARIABLE = 'TEST_CLUSTER';

/** Jest's workers inherit the environment of the global setup, and nothing else. */
export function publishCluster(cluster: DatabaseEndpoint): void {
  process.env['TEST_RUN'] = String(process.pid);
  process.env[VARIABLE] = JSON.stringify(cluster);
}

export function publishedCluster(): DatabaseEndpoint {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('The global setup has not run');
  return JSON.parse(text) as DatabaseEndpoint;
}

export function endpointOf(cluster: DatabaseEndpoint, database: string): DatabaseEndpoint {
  const at = (settings: ConnectionSettings): ConnectionSettings => ({ ...settings, database });
  return { api: at(cluster.api), owner: at(cluster.owner), description: database };
}

/** Clones the migrated template. @returns the name of the new database */
export async function createDatabase(suffix: string): Promise<string> {
  const name = `${TEMPLATE_DATABASE}_${suffix}`;
  await maintain(`create database ${name} template ${TEMPLATE_DATABASE}`);
  return name;
}

/** Runs a statement on the cluster's own database, outside any test's. */
export async function maintain(statement: string): Promise<void> {
  await asOwner((client) => client.query(statement));
}

async function asOwner(work: (client: Client) => Promise<unknown>): Promise<void> {
  await withClient(publishedCluster().owner, work);
}

/** Leaves a server that is not ours as it was: drops the template and the clones that remain. */
export async function dropDatabases(): Promise<void> {
  await asOwner(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [TEMPLATE_DATABASE],
    );
    for (const { name } of rows) await client.query(`drop database ${name} with (force)`);
  });
}
