import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError, reasonIn } from '../embedded-postgres-error';
import type { PostgresBinaries } from '../cluster/postgres-binaries';
import { type PostgresUser, invocation } from '../cluster/postgres-user';
import { type PostmasterFile, isServerOf, readPostmasterFile } from '../cluster/postmaster-file';
import { machineMemory } from '../../memory/machine-memory';
import { memoryParameters, walParameters } from './server-parameters';
import { type ServerAddress, addressOf, listenParameters } from './server-address';
import { logSize, openServerLog, readServerLog } from './server-log';

/** A running postmaster, started here or found. */
export interface PostgresServer {
  readonly pid: number;
  readonly address: ServerAddress;
  /** Fulfils with how it ended, for people. Never rejects. */
  readonly exited: Promise<string>;
}

/** `fast` ends sessions and writes everything out; `immediate` leaves that to the next start. */
export type ShutdownMode = 'fast' | 'immediate';

export interface ServerPlan {
  readonly cluster: string;
  readonly log: string;
  readonly binaries: PostgresBinaries;
  readonly user: PostgresUser;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Durability is PostgreSQL's default: full. */
const PARAMETERS: Readonly<Record<string, string>> = {
  max_connections: '50',
  jit: 'off',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

/** Crash recovery reads at most max_wal_size (2 GB); a slow disk may take minutes over it. */
export const READY_WITHIN_MS = 300_000;
const READY_POLL_MS = 10;
const EXIT_POLL_MS = 200;
const FAST_SHUTDOWN_MS = 10_000;
/** The postmaster itself gives its backends 5 s before it kills them. */
const IMMEDIATE_SHUTDOWN_MS = 8_000;

/** A server that was started just now, and whether it accepts sessions. */
export interface LaunchedServer extends PostgresServer {
  /** @throws EmbeddedPostgresError with PostgreSQL's own reason when it ends instead */
  ready(): Promise<void>;
}

/** Starts PostgreSQL. Synchronous, so that this process knows its id from the start. */
export function launchServer(plan: ServerPlan, address: ServerAddress): LaunchedServer {
  const parameters = {
    ...PARAMETERS,
    ...memoryParameters(machineMemory()),
    ...walParameters(freeBytesOf(plan.cluster)),
    ...plan.parameters,
    ...listenParameters(address),
  };
  const { file, args, options } = invocation(plan.user, plan.binaries.postgres, [
    '-D',
    plan.cluster,
    ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const logStart = logSize(plan.log);
  const log = openServerLog(plan.log, plan.user);
  // Detached on Windows as well, whose console sends Ctrl-C to all its processes.
  const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const server = { pid: child.pid ?? 0, address, exited: exitOf(child) };
  const ready = async () => {
    await becomeReady(server, plan, logStart);
    child.unref();
  };
  return { ...server, ready };
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

async function becomeReady(
  { pid, exited }: PostgresServer,
  { cluster, log }: ServerPlan,
  logStart: number,
): Promise<void> {
  let ended: string | undefined;
  void exited.then((how) => (ended = how));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!isReady(cluster, pid)) {
    if (ended !== undefined) {
      const reason = reasonIn(readServerLog(log, logStart)) ?? ended;
      throw new EmbeddedPostgresError(
        `PostgreSQL could not start on ${cluster}: ${reason}; nothing was deleted, details are in ${log}`,
      );
    }
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        `PostgreSQL on ${cluster} was not ready after ${READY_WITHIN_MS / 1000} s: see ${log}`,
      );
    }
    await sleep(READY_POLL_MS);
  }
}

/** Takes over a server that an earlier process left behind. */
export function adoptServer(file: PostmasterFile, cluster: string): PostgresServer {
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isServerOf(file.pid, cluster)) return;
      clearInterval(timer);
      resolve('ended');
    }, EXIT_POLL_MS).unref();
  });
  return { pid: file.pid, address: addressOf(file), exited };
}

/** Ends sessions and writes everything out; after a deadline leaves that to the next start's recovery. */
export async function shutDownServer(
  { pid, exited }: PostgresServer,
  { cluster, binaries }: ServerPlan,
): Promise<void> {
  const within = async (milliseconds: number): Promise<boolean> => {
    const timer = new AbortController();
    const timeOut = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([exited.then(() => true), timeOut]);
    timer.abort();
    return ended;
  };
  signalServer(pid, 'fast', { cluster, binaries });
  if (await within(FAST_SHUTDOWN_MS)) return;
  signalServer(pid, 'immediate', { cluster, binaries });
  if (await within(IMMEDIATE_SHUTDOWN_MS)) return;
  process.kill(pid, 'SIGKILL');
  await within(IMMEDIATE_SHUTDOWN_MS);
}

/** Synchronous, so that it also works while this process exits. Harmless when it ended already. */
export function signalServer(
  pid: number,
  mode: ShutdownMode,
  { cluster, binaries }: Pick<ServerPlan, 'cluster' | 'binaries'>,
): void {
  if (!isServerOf(pid, cluster)) return;
  if (process.platform === 'win32') {
    // Signals do not exist there; pg_ctl knows PostgreSQL's substitute.
    spawnSync(binaries.pgCtl, ['stop', '--no-wait', `--mode=${mode}`, '-D', cluster]);
  } else {
    process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }
}

function isReady(cluster: string, pid: number): boolean {
  const file = readPostmasterFile(cluster);
  return file?.pid === pid && file.status === 'ready';
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
}
