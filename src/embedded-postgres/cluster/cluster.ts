import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError, stepFailed } from '../embedded-postgres-error';
import { type FileOwner, refuseOtherOwner } from './postgres-user';

/**
 * A PostgreSQL data directory with the passwords that open it. Both appear under their name by one
 * rename, so a cluster is either whole or absent.
 */
export interface Cluster {
  /** What holds both, links resolved. */
  readonly home: string;
  /** PGDATA. */
  readonly directory: string;
  readonly owner: FileOwner;
}

export interface ClusterCredentials {
  /** Of the superuser `postgres`. */
  readonly ownerPassword: string;
  /** Of the role `task_api`. */
  readonly apiPassword: string;
}

/** Names inside DATA_DIR. `postgres` may be a link, when the user of PostgreSQL cannot enter DATA_DIR. */
export const CLUSTER_HOME = 'postgres';
/** A restored cluster that is about to get its name (see replaceCluster). */
export const CLUSTER_RESTORED = 'postgres.restored';
export const CLUSTER_LOG = 'postgres.log';
/** Names inside the cluster's home. */
export const CLUSTER_DATA = 'cluster';
export const CLUSTER_CREDENTIALS = 'credentials.json';

/**
 * Looks only; changes nothing.
 * @returns undefined when nothing was ever made there
 * @throws EmbeddedPostgresError when there is something that is no whole cluster, or not this user's
 */
export function findCluster(dataDir: string): Cluster | undefined {
  const name = nameIn(dataDir);
  try {
    if (lstatSync(name, { throwIfNoEntry: false }) === undefined) return undefined;
    if (!existsSync(name) && lstatSync(name).isSymbolicLink()) {
      throw new EmbeddedPostgresError(
        `The embedded database of ${name} was in ${readlinkSync(name)}, which is gone: bring it back, or remove the link to start with an empty database`,
      );
    }
    const home = realpathSync(name);
    const directory = join(home, CLUSTER_DATA);
    if (!existsSync(directory)) throw damaged(home, `${CLUSTER_DATA}/ is missing`);
    const { uid, gid } = statSync(directory);
    refuseOtherOwner(uid);
    return { home, directory, owner: { uid, gid } };
  } catch (cause) {
    throw stepFailed(`open the embedded database in ${name}`, cause);
  }
}

/** The next start gives a restored cluster its name, if nothing else has it. */
function nameIn(dataDir: string): string {
  const names = [CLUSTER_HOME, CLUSTER_RESTORED].map((name) => join(dataDir, name));
  const name = names.find((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  return name ?? join(dataDir, CLUSTER_HOME);
}

/**
 * Reports what PostgreSQL itself would report less clearly, or only halfway through its start.
 * @param version of the binaries, such as `18.4`
 * @throws EmbeddedPostgresError
 */
export function checkCluster({ directory }: Cluster, version: string): void {
  const versionFile = join(directory, 'PG_VERSION');
  if (!existsSync(versionFile)) throw damaged(directory, 'PG_VERSION is missing');
  let written: string;
  try {
    written = readFileSync(versionFile, 'utf8').trim();
  } catch (cause) {
    throw stepFailed(`read ${versionFile}`, cause);
  }
  if (!/^\d+$/.test(written)) throw damaged(directory, 'PG_VERSION is not readable');
  const major = version.split('.')[0];
  if (written !== major) {
    throw new EmbeddedPostgresError(
      `The embedded database in ${directory} was written by PostgreSQL ${written}, this release brings ${major}: write a backup with the release that wrote it (npm run cli -- backup), and restore that with this one; nothing was changed`,
    );
  }
  if (!existsSync(join(directory, 'global', 'pg_control'))) {
    throw damaged(directory, 'global/pg_control is missing');
  }
}

/** @throws EmbeddedPostgresError */
export function readCredentials({ home }: Cluster): ClusterCredentials {
  const path = join(home, CLUSTER_CREDENTIALS);
  if (!existsSync(path)) throw damaged(home, `${CLUSTER_CREDENTIALS} is missing`);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    // A JSON error quotes the text, which is a password here.
    if (cause instanceof SyntaxError) throw damaged(home, `${CLUSTER_CREDENTIALS} is not JSON`);
    throw stepFailed(`read ${path}`, cause);
  }
  if (!isCredentials(content)) throw damaged(home, `${CLUSTER_CREDENTIALS} lacks a password`);
  return content;
}

function isCredentials(content: unknown): content is ClusterCredentials {
  const { ownerPassword, apiPassword } = (content ?? {}) as Partial<ClusterCredentials>;
  return typeof ownerPassword === 'string' && typeof apiPassword === 'string';
}

function damaged(directory: string, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The embedded database in ${directory} is damaged (${reason}): restore it from a backup, or move it away to start with an empty one; nothing was changed`,
  );
}
