import { rm } from 'node:fs/promises';
import { stopProducts } from '../app/shared-products';
import { removePreparedDataDir } from '../processes/prepared-data-dir';
import { dropDatabases } from './test-cluster';

/** Stops what the set-ups have started, the products before their database. */
export default async function globalTeardown(): Promise<void> {
  await stopProducts(globalThis.startedProducts ?? []);
  const { embedded, directory } = globalThis.startedCluster ?? {};
  // No cluster: the tests on Citus were skipped.
  if (globalThis.startedCluster !== undefined && embedded === undefined) await dropDatabases();
  await embedded?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  removePreparedDataDir();
}
