import { buildOnce } from './command-line';
import { prepareDataDir } from './prepared-data-dir';

/** What tests of whole processes share: a current build, and a database to copy. */
export default async function processesSetup(): Promise<void> {
  buildOnce();
  await prepareDataDir();
}
