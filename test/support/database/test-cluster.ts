import type { Client } from 'pg';
import { withClient } from '../../../src/database/session/client';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';

/** Migrated and empty; nobody connects to it, so it can be cloned at any time. */
export const TEMPLATE_DATABASE = `task_api_test_${process.env['TEST_RUN'] ?? process.pid}`;

const VARIABLE = 'TEST_CLUSTER';
const WORKERS = 'TEST_CLUSTER_WORKERS';

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

/** Of a cluster of Citus, whose databases are on every node. */
export function publishWorkers(workers: readonly ConnectionSettings[]): void {
  process.env[WORKERS] = JSON.stringify(workers);
}

/** As a superuser; none where the tests run on one PostgreSQL. */
export function publishedWorkers(): readonly ConnectionSettings[] {
  return JSON.parse(process.env[WORKERS] ?? '[]') as ConnectionSettings[];
}

export function endpointOf(cluster: DatabaseEndpoint, database: string): DatabaseEndpoint {
  const at = (settings: ConnectionSettings): ConnectionSettings => ({ ...settings, database });
  return { api: at(cluster.api), owner: at(cluster.owner), description: database };
}

/** Clones the migrated template. @returns the name of the new database */
export async function createDatabase(suffix: string): Promise<string> {
  const name = `${TEMPLATE_DATABASE}_${suffix}`;
  await maintainNodes(`create database ${name} template ${TEMPLATE_DATABASE}`);
  return name;
}

export async function dropDatabase(name: string): Promise<void> {
  // Nodes of Citus would connect to each other meanwhile.
  if (publishedWorkers().length > 0) {
    await maintainNodes(`alter database ${name} allow_connections false`);
  }
  await maintainNodes(`drop database if exists ${name} with (force)`);
}

/** Runs a statement on the cluster's own database, outside any test's. */
export async function maintain(statement: string): Promise<void> {
  await withClient(publishedCluster().owner, (client) => client.query(statement));
}

/** The same on every node: Citus leaves databases to each of them. */
export async function maintainNodes(statement: string): Promise<void> {
  await onNodes((client) => client.query(statement));
}

async function onNodes(work: (client: Client) => Promise<unknown>): Promise<void> {
  const nodes = [publishedCluster().owner, ...publishedWorkers()];
  await Promise.all(nodes.map((node) => withClient(node, work)));
}

/** Leaves a server that is not ours as it was: drops the template and the clones that remain. */
export async function dropDatabases(): Promise<void> {
  await onNodes(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [TEMPLATE_DATABASE],
    );
    for (const { name } of rows) await client.query(`drop database ${name} with (force)`);
  });
}
