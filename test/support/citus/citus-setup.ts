import { existsSync, readFileSync } from 'node:fs';
import { connectionSettings } from '../../../src/database/session/connection-settings';
import productsSetup from '../app/products-setup';
import globalTeardown from '../database/global-teardown';
import { publishWorkers } from '../database/test-cluster';
import { buildOnce } from '../processes/command-line';
import { workersOf } from './citus-template';

/** Lets all tests run on the cluster that CITUS_URL names, as a superuser of its coordinator. */
export default async function citusSetup(options: { maxWorkers: number }): Promise<void> {
  const { CITUS_URL } = process.env;
  if (CITUS_URL === undefined) return;
  const leftOut = JSON.parse(readFileSync('test/citus/left-out.json', 'utf8')) as object;
  for (const [name, reason] of Object.entries(leftOut) as [string, string][]) {
    if (!existsSync(`test/e2e/${name}.spec.ts`))
      throw new Error(`There is no e2e/${name} to leave out`);
    process.stderr.write(`Left out: e2e/${name} ${reason}\n`);
  }
  buildOnce();
  publishWorkers(await workersOf(connectionSettings(CITUS_URL)));
  process.env['DATABASE_URL'] = CITUS_URL;
  process.env['TEST_DATABASE_SCOPE'] = 'transaction';
  try {
    await productsSetup(options);
  } catch (error) {
    // Jest tears down only what has been set up.
    await globalTeardown();
    throw error;
  }
}
