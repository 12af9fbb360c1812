import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  CLUSTER_CREDENTIALS,
  CLUSTER_DATA,
  CLUSTER_HOME,
  type ClusterCredentials,
} from './cluster';
import { makeDataDir } from '../../config/make-data-dir';
import { reasonIn, stepFailed } from '../embedded-postgres-error';
import type { PostgresBinaries } from './postgres-binaries';
import { isRunning } from './postmaster-file';
import { type PostgresUser, canEnter, invocation } from './postgres-user';
import { killGroup } from './process-group';

/** Where clusters and binaries live that another user runs who cannot enter DATA_DIR. */
export const SHARED_BASE = '/var/lib/task-api';

const STAGING = `${CLUSTER_HOME}.init-`;

/**
 * The directory below which a new cluster is made: DATA_DIR itself wherever that is possible.
 * @throws EmbeddedPostgresError
 */
export function prepareClusterBase(dataDir: string, user: PostgresUser): string {
  try {
    // Search permission alone, so that the other user reaches its cluster and can list nothing.
    makeDataDir(dataDir, user.kind === 'other' ? 0o711 : 0o700);
    if (canEnter(user, dataDir)) return dataDir;
    mkdirSync(SHARED_BASE, { recursive: true, mode: 0o755 });
    return SHARED_BASE;
  } catch (cause) {
    throw stepFailed(`create the data directory ${dataDir}`, cause);
  }
}

/**
 * Creates a cluster beside its final name and renames it when it is complete: if killed at any
 * moment, the next start begins again. If another process creates one at the same time and wins,
 * its cluster is used.
 * @param durable false: do not wait for the disk, for tests
 * @throws EmbeddedPostgresError
 */
export async function createCluster(
  { dataDir, base, durable }: { dataDir: string; base: string; durable: boolean },
  binaries: PostgresBinaries,
  user: PostgresUser,
): Promise<void> {
  let staging: string | undefined;
  const removeAtExit = () => {
    if (staging !== undefined) removeStaging(staging);
  };
  process.once('exit', removeAtExit);
  try {
    removeAbandoned(base);
    staging = mkdtempSync(join(base, `${STAGING}${process.pid}-`));
    if (user.kind === 'other') chmodSync(staging, 0o711);
    const credentials = { ownerPassword: randomPassword(), apiPassword: randomPassword() };
    await initialise(staging, credentials, { durable, binaries, user });
    writeFileSync(join(staging, CLUSTER_CREDENTIALS), JSON.stringify(credentials), {
      mode: 0o600,
      flush: durable,
    });
    publish(staging, dataDir, base);
    if (durable) syncDirectory(dataDir);
  } catch (cause) {
    throw stepFailed(`create the embedded database in ${dataDir}`, cause);
  } finally {
    process.off('exit', removeAtExit);
    removeAtExit();
  }
}

function randomPassword(): string {
  return randomBytes(24).toString('base64url');
}

async function initialise(
  staging: string,
  { ownerPassword }: ClusterCredentials,
  { durable, binaries, user }: { durable: boolean; binaries: PostgresBinaries; user: PostgresUser },
): Promise<void> {
  const cluster = join(staging, CLUSTER_DATA);
  const passwordFile = join(staging, 'password');
  mkdirSync(cluster, { mode: 0o700 });
  writeFileSync(passwordFile, ownerPassword, { mode: 0o600 });
  if (user.kind === 'other') {
    chownSync(cluster, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  await runToEnd(user, binaries.initdb, [
    `--pgdata=${cluster}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The C locale folds ASCII alone: ILIKE 'ä' would not find 'Ä'.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]);
  rmSync(passwordFile);
}

/** @throws Error with the program's own reason, unless it ends with code 0 */
function runToEnd(user: PostgresUser, program: string, args: readonly string[]): Promise<void> {
  const { file, args: allArgs, options } = invocation(user, program, args);
  return new Promise((resolve, reject) => {
    const child = spawn(file, allArgs, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const killAtExit = () => killGroup(child);
    // Before the handler that removes its files.
    process.prependOnceListener('exit', killAtExit);
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => {
      process.off('exit', killAtExit);
      reject(error);
    });
    child.on('close', (code, signal) => {
      process.off('exit', killAtExit);
      if (code === 0) resolve();
      else reject(new Error(reasonIn(output) ?? `initdb ended with ${signal ?? `code ${code}`}`));
    });
  });
}

function publish(staging: string, dataDir: string, base: string): void {
  const name = join(dataDir, CLUSTER_HOME);
  if (base === dataDir) {
    renameUnlessThere(staging, name);
    return;
  }
  const home = `${join(base, CLUSTER_HOME)}-${randomBytes(4).toString('hex')}`;
  renameSync(staging, home);
  try {
    symlinkSync(home, name);
  } catch (cause) {
    rmSync(home, { recursive: true, force: true });
    if (!existsSync(name)) throw cause;
  }
}

function renameUnlessThere(staging: string, name: string): void {
  try {
    renameSync(staging, name);
  } catch (cause) {
    if (!existsSync(name)) throw cause;
  }
}

/** Removes what killed starts left; one whose process lives may still be at work. */
function removeAbandoned(base: string): void {
  for (const entry of readdirSync(base)) {
    if (!entry.startsWith(STAGING)) continue;
    const path = join(base, entry);
    const pid = Number.parseInt(entry.slice(STAGING.length), 10);
    // In a container each start may have the same pid.
    const isEarlierNamesake =
      pid === process.pid && statSync(path).mtimeMs < performance.timeOrigin;
    if (isEarlierNamesake || !isRunning(pid)) removeStaging(path);
  }
}

function removeStaging(path: string): void {
  try {
    // Where the end of a killed initdb could not be awaited, it may still write for a moment.
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch {
    // An initdb that outlived its killed parent may still write there; a later start removes it.
  }
}

export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
