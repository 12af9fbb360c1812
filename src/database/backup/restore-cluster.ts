import { lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CLUSTER_HOME, findCluster } from '../embedded/cluster';
import { EmbeddedPostgresError, stepFailed } from '../embedded/embedded-postgres-error';
import { startEmbeddedPostgres } from '../embedded/embedded-postgres';
import { findRunningServer, isRunning } from '../embedded/postmaster-file';
import { type BackupSummary } from './backup-file';
import { loadBackup } from './load';

interface Restoring {
  readonly file: string;
  /** What {@link checkBackup} found in it. */
  readonly backup: BackupSummary;
  readonly dataDir: string;
  readonly advances: (rows: number) => void;
}

const STAGING = 'restoring-';

/** Proves that a backup can be restored: does it, beside the database, and removes what it made. */
export async function rehearseRestore({ dataDir, ...restoring }: Restoring): Promise<void> {
  const staging = stagingIn(dataDir);
  try {
    // Without waiting for the disk: it is thrown away.
    await fill(staging, restoring, { fsync: 'off' });
  } finally {
    removeDataDir(staging);
  }
}

/**
 * Puts a restored database into DATA_DIR, by one rename when it is complete. Deletes nothing.
 * @param replace whether a database that is there may be moved aside
 * @returns where that one is now
 * @throws EmbeddedPostgresError when one is there that may not be replaced, or is in use
 */
export async function restoreCluster(
  { dataDir, ...restoring }: Restoring,
  { replace }: { readonly replace: boolean },
): Promise<string | undefined> {
  requireVacant(dataDir, replace);
  const staging = stagingIn(dataDir);
  try {
    await fill(staging, restoring, {});
    requireVacant(dataDir, replace);
    return publish(staging, resolve(dataDir));
  } finally {
    removeDataDir(staging);
  }
}

/** @throws EmbeddedPostgresError */
export function requireVacant(dataDir: string, replace: boolean): void {
  const cluster = replace ? findAnyCluster(dataDir) : findCluster(resolve(dataDir));
  if (cluster === undefined) return;
  const running = findRunningServer(cluster.directory);
  if (running !== undefined) {
    throw new EmbeddedPostgresError(
      `The database in ${cluster.directory} is in use (PostgreSQL is process ${running.pid}): stop the server first`,
    );
  }
  if (replace) return;
  throw new EmbeddedPostgresError(
    `There is a database in ${cluster.directory} already: --force moves it aside, or set another DATA_DIR`,
  );
}

/** One that is damaged may be replaced as well; that is what a backup is for. */
function findAnyCluster(dataDir: string): ReturnType<typeof findCluster> {
  try {
    return findCluster(resolve(dataDir));
  } catch {
    return undefined;
  }
}

async function fill(
  staging: string,
  { file, backup, advances }: Omit<Restoring, 'dataDir'>,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir: staging, parameters });
  try {
    await loadBackup(file, backup, postgres.endpoint.owner, advances);
  } finally {
    await postgres.stop();
  }
}

function publish(staging: string, dataDir: string): string | undefined {
  const name = join(dataDir, CLUSTER_HOME);
  const isThere = lstatSync(name, { throwIfNoEntry: false }) !== undefined;
  const aside = `${name}.replaced-${new Date().toISOString().replaceAll(/\W/g, '')}`;
  try {
    if (isThere) renameSync(name, aside);
    renameSync(join(staging, CLUSTER_HOME), name);
  } catch (cause) {
    if (isThere && lstatSync(name, { throwIfNoEntry: false }) === undefined) {
      renameSync(aside, name);
    }
    throw stepFailed(`put the restored database into ${dataDir}`, cause);
  }
  return isThere ? aside : undefined;
}

/** A directory of this process, in the file system of the database. */
function stagingIn(dataDir: string): string {
  removeAbandoned(resolve(dataDir));
  return join(resolve(dataDir), `${STAGING}${process.pid}`);
}

/** Removes what killed restores left. */
function removeAbandoned(dataDir: string): void {
  const entries = lstatSync(dataDir, { throwIfNoEntry: false }) ? readdirSync(dataDir) : [];
  for (const entry of entries) {
    const pid = Number(entry.startsWith(STAGING) ? entry.slice(STAGING.length) : Number.NaN);
    if (pid === process.pid || (pid > 0 && !isRunning(pid))) removeDataDir(join(dataDir, entry));
  }
}

/** With the cluster, which may be elsewhere (see prepareClusterBase). */
function removeDataDir(directory: string): void {
  const cluster = findAnyCluster(directory);
  if (cluster !== undefined && findRunningServer(cluster.directory) !== undefined) return;
  if (cluster !== undefined) rmSync(cluster.home, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}
