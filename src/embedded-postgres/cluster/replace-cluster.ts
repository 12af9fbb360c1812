import { lstatSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_HOME, CLUSTER_RESTORED } from './cluster';
import { syncDirectory } from './create-cluster';
import { stepFailed } from '../embedded-postgres-error';

/**
 * Gives a whole cluster its name in `dataDir`, and moves one that is there aside. These are two
 * renames, so the new one waits beside the name first: if anything ends this process between them,
 * the next start finds it there and finishes.
 * @param home of the new one, in the same file system
 * @returns where the old one is now
 * @throws EmbeddedPostgresError the old one is in its place then
 */
export function replaceCluster(home: string, dataDir: string): string | undefined {
  const name = join(dataDir, CLUSTER_HOME);
  const aside = `${name}.replaced-${new Date().toISOString().replaceAll(/\W/g, '')}`;
  const replaces = isThere(name);
  try {
    renameSync(home, join(dataDir, CLUSTER_RESTORED));
    if (replaces) renameSync(name, aside);
    finishReplacement(dataDir);
    syncDirectory(dataDir);
  } catch (cause) {
    if (isThere(aside) && !isThere(name)) renameSync(aside, name);
    removeUnfinished(dataDir);
    throw stepFailed(`put the restored database into ${dataDir}`, cause);
  }
  return replaces ? aside : undefined;
}

/** Completes what was stopped after the old cluster had been moved aside. */
export function finishReplacement(dataDir: string): void {
  const name = join(dataDir, CLUSTER_HOME);
  const restored = join(dataDir, CLUSTER_RESTORED);
  if (isThere(name) || !isThere(restored)) return;
  try {
    renameSync(restored, name);
  } catch (cause) {
    // A start and a restore may both finish it.
    if (!isThere(name)) throw stepFailed(`complete the restore in ${dataDir}`, cause);
  }
}

/** Removes what was stopped before the old cluster had been moved aside. */
export function removeUnfinished(dataDir: string): void {
  const restored = join(dataDir, CLUSTER_RESTORED);
  if (!isThere(restored) || !isThere(join(dataDir, CLUSTER_HOME))) return;
  // It may be a link, as the cluster itself.
  rmSync(realpathSync(restored), { recursive: true, force: true });
  rmSync(restored, { force: true });
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
