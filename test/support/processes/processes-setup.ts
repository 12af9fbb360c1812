import clusterSetup from '../database/global-setup';
import { buildOnce } from './command-line';
import { prepareDataDir } from './prepared-data-dir';

/** What tests of whole processes share: a current build, databases, and a DATA_DIR to copy. */
export default async function processesSetup(): Promise<void> {
  buildOnce();
  await prepareDataDir();
  await clusterSetup();
}
