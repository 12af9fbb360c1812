import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectionSettings,
  type DatabaseEndpoint,
} from '../../../src/database/connection-settings';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/database/embedded/embedded-postgres';
import { migrate } from '../../../src/database/migrate';
import { maintain, publishCluster, TEMPLATE_DATABASE } from './test-cluster';

export interface StartedCluster {
  readonly embedded: EmbeddedPostgres | undefined;
  readonly directory: string | undefined;
}

/**
 * One PostgreSQL for all tests: the one that DATABASE_URL names, whose login must be able to create
 * databases and roles, or an embedded one. Its migrated template is cloned for each test file.
 */
export default async function globalSetup(): Promise<void> {
  const url = process.env['DATABASE_URL'];
  const started = url === undefined ? await startOwnCluster() : undefined;
  const cluster = started?.embedded.endpoint ?? clusterAt(url ?? '');
  publishCluster(cluster);
  await createTemplate(cluster);
  globalThis.startedCluster = { embedded: started?.embedded, directory: started?.directory };
}

declare global {
  // Only `var` declares a property of globalThis, where Jest's teardown finds it.
  var startedCluster: StartedCluster | undefined;
}

async function startOwnCluster(): Promise<{ embedded: EmbeddedPostgres; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'task-api-test-'));
  const parameters = { fsync: 'off', synchronous_commit: 'off', max_connections: '200' };
  return { embedded: await startEmbeddedPostgres({ dataDir: directory, parameters }), directory };
}

function clusterAt(url: string): DatabaseEndpoint {
  const owner = connectionSettings(process.env['DATABASE_OWNER_URL'] ?? url);
  return { api: connectionSettings(url), owner, description: 'DATABASE_URL' };
}

async function createTemplate({ owner }: DatabaseEndpoint): Promise<void> {
  await maintain(`create database ${TEMPLATE_DATABASE}`);
  await migrate({ ...owner, database: TEMPLATE_DATABASE });
}

/** Leaves a server that is not ours as it was. */
export async function dropTemplate(): Promise<void> {
  await maintain(`drop database if exists ${TEMPLATE_DATABASE} with (force)`);
}
