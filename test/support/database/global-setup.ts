import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  connectionSettings,
  type DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/embedded-postgres/embedded-postgres';
import { migrate } from '../../../src/database/schema/migrate';
import {
  copyPreparedDataDir,
  prepareDataDir,
  removePreparedDataDir,
} from '../processes/prepared-data-dir';
import { distributeTemplate, formCluster } from '../citus/citus-template';
import {
  endpointOf,
  maintainNodes,
  publishCluster,
  publishedWorkers,
  TEMPLATE_DATABASE,
} from './test-cluster';

export interface StartedCluster {
  readonly embedded: EmbeddedPostgres | undefined;
  readonly directory: string | undefined;
}

declare global {
  // Only `var` declares a property of globalThis, where Jest's teardown finds it.
  var startedCluster: StartedCluster | undefined;
}

/**
 * One PostgreSQL for all tests: the one that DATABASE_URL names, whose login must be able to create
 * databases and roles, or an embedded one. Its migrated template is cloned for each test file.
 */
export default async function globalSetup(): Promise<void> {
  if (globalThis.startedCluster !== undefined) return;
  // Also beside another server: some tests start servers of their own.
  await prepareDataDir();
  const url = process.env['DATABASE_URL'];
  const started = url === undefined ? await startOwnCluster() : undefined;
  globalThis.startedCluster = { embedded: started?.embedded, directory: started?.directory };
  if (started !== undefined) endOnSignal(started.directory);
  const cluster = started?.embedded.endpoint ?? clusterAt(url ?? '');
  publishCluster(cluster);
  await createTemplate(cluster);
}

async function startOwnCluster(): Promise<{ embedded: EmbeddedPostgres; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'task-api-test-'));
  const dataDir = join(directory, 'data');
  copyPreparedDataDir(dataDir);
  const parameters = { fsync: 'off', synchronous_commit: 'off', max_connections: '200' };
  return { embedded: await startEmbeddedPostgres({ dataDir, parameters }), directory };
}

/** Jest ends on a signal without its teardown. PostgreSQL ends with this process by itself. */
function endOnSignal(directory: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(1));
  }
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
    removePreparedDataDir();
  });
}

function clusterAt(url: string): DatabaseEndpoint {
  const owner = connectionSettings(process.env['DATABASE_OWNER_URL'] ?? url);
  return { api: connectionSettings(url), owner, description: 'DATABASE_URL' };
}

async function createTemplate(cluster: DatabaseEndpoint): Promise<void> {
  const template = endpointOf(cluster, TEMPLATE_DATABASE);
  const workers = publishedWorkers().map((worker) => ({ ...worker, database: TEMPLATE_DATABASE }));
  await maintainNodes(`create database ${TEMPLATE_DATABASE}`);
  if (workers.length > 0) await formCluster(template.owner, workers);
  await migrate(template.owner);
  if (workers.length > 0) await distributeTemplate(template);
}
