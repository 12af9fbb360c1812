import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CLUSTER_HOME, findCluster } from '../cluster/cluster';
import { EmbeddedPostgresError } from '../embedded-postgres-error';
import { startEmbeddedPostgres } from '../embedded-postgres';
import { findRunningServer, isRunning } from '../cluster/postmaster-file';
import { removeUnfinished, replaceCluster } from '../cluster/replace-cluster';
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

/** Proves that a backup can be restored: restores it beside the database, and removes the result. */
export async function rehearseRestore({ dataDir, ...restoring }: Restoring): Promise<void> {
  // Without waiting for the disk: it is thrown away.
  await withStaging(dataDir, (staging) => fill(staging, restoring, { fsync: 'off' }));
}

/**
 * Puts a restored database into DATA_DIR when it is complete. Deletes nothing.
 * @param replace whether an existing database may be moved aside
 * @returns where that one is now
 * @throws EmbeddedPostgresError when one is there that may not be replaced, or is in use
 */
export async function restoreCluster(
  { dataDir, ...restoring }: Restoring,
  { replace }: { readonly replace: boolean },
): Promise<string | undefined> {
  requireVacant(dataDir, replace);
  return withStaging(dataDir, async (staging) => {
    await fill(staging, restoring, {});
    requireVacant(dataDir, replace);
    return replaceCluster(join(staging, CLUSTER_HOME), resolve(dataDir));
  });
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

/** A damaged one may also be replaced: backups are for that. */
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

/** Lends a directory of this process, in the file system of the database, and removes it. */
async function withStaging<Result>(
  dataDir: string,
  use: (staging: string) => Promise<Result>,
): Promise<Result> {
  const directory = resolve(dataDir);
  await removeAbandoned(directory);
  const staging = join(directory, `${STAGING}${process.pid}`);
  const removeAtExit = () => {
    try {
      removeFiles(staging);
    } catch {
      // A PostgreSQL that has not ended yet still writes there; the next restore removes it.
    }
  };
  process.once('exit', removeAtExit);
  try {
    return await use(staging);
  } finally {
    process.off('exit', removeAtExit);
    await removeDataDir(staging);
  }
}

/** Removes the remains of killed restores, as far as possible now. */
async function removeAbandoned(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  removeUnfinished(dataDir);
  for (const entry of readdirSync(dataDir)) {
    const pid = Number(entry.startsWith(STAGING) ? entry.slice(STAGING.length) : Number.NaN);
    if (pid !== process.pid && !(pid > 0 && !isRunning(pid))) continue;
    await removeDataDir(join(dataDir, entry)).catch(() => undefined);
  }
}

/** With the cluster, which may be elsewhere (see prepareClusterBase). */
async function removeDataDir(directory: string): Promise<void> {
  const cluster = findAnyCluster(directory);
  if (cluster !== undefined && findRunningServer(cluster.directory) !== undefined) {
    await stopOrphan(directory);
  }
  removeFiles(directory);
}

function removeFiles(directory: string): void {
  const cluster = findAnyCluster(directory);
  if (cluster !== undefined) rmSync(cluster.home, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}

/** PostgreSQL outlives a killed process; a start takes it over. */
async function stopOrphan(dataDir: string): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir });
  await postgres.stop();
}
