import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../connection-settings';
import { EmbeddedPostgresError, stepFailed } from './embedded-postgres-error';
import {
  type PostgresServer,
  READY_WITHIN_MS,
  type ServerPlan,
  adoptServer,
  launchServer,
  shutDownServer,
} from './postgres-server';
import {
  type PostmasterFile,
  disarmStalePostmasterFile,
  findRunningServer,
  readPostmasterFile,
} from './postmaster-file';
import {
  type ServerAddress,
  addressOf,
  chooseServerAddress,
  releaseServerAddress,
} from './server-address';
import { ServerOwnership } from './server-ownership';

/** A server that accepts sessions and that this process alone may stop. */
export interface OwnedServer {
  readonly server: PostgresServer;
  readonly ownership: ServerOwnership;
  /** The superuser's session that holds the ownership. */
  readonly session: Client;
  readonly outcome: 'started' | 'reused';
}

/** The superuser's way into a server that listens there. */
export type OwnerSettings = (address: ServerAddress) => ConnectionSettings;

const SETTLE_WITHIN_MS = 15_000;
const RETRY_MS = 50;

/** States that pass: a server that is starting, stopping, or was started by somebody just now. */
const PASSING_CODES: readonly unknown[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  '57P03',
];
const PASSING_REASONS =
  /lock file "postmaster\.pid"|memory block .* is still in use|could not (bind|create any)|terminated unexpectedly/;

/**
 * Takes over the server that an earlier process left running on the cluster, or starts one.
 * @throws EmbeddedPostgresError also when another living process owns the server
 */
export async function obtainServer(plan: ServerPlan, owner: OwnerSettings): Promise<OwnedServer> {
  const began = Date.now();
  for (;;) {
    const running = findRunningServer(plan.cluster);
    try {
      return running === undefined ? await launch(plan, owner) : await adopt(running, plan, owner);
    } catch (error) {
      const patience = running?.status === 'starting' ? READY_WITHIN_MS : SETTLE_WITHIN_MS;
      if (!isPassing(error) || Date.now() - began > patience) throw explain(error, plan, running);
    }
    await sleep(RETRY_MS);
  }
}

async function adopt(
  running: PostmasterFile,
  plan: ServerPlan,
  owner: OwnerSettings,
): Promise<OwnedServer> {
  const server = adoptServer(running, plan.cluster);
  const ownership = new ServerOwnership(owner(server.address));
  const session = await ownership.claim();
  return { server, ownership, session, outcome: 'reused' };
}

async function launch(plan: ServerPlan, owner: OwnerSettings): Promise<OwnedServer> {
  clearAfterCrash(plan.cluster);
  const address = await chooseServerAddress(plan.user);
  let server: PostgresServer;
  try {
    server = await launchServer(plan, address);
  } catch (error) {
    releaseServerAddress(address);
    throw error;
  }
  const ownership = new ServerOwnership(owner(address));
  try {
    return { server, ownership, session: await ownership.claim(), outcome: 'started' };
  } catch (error) {
    // Owned by another process already, which found it before this one got hold of it: now its own.
    if (!(error instanceof EmbeddedPostgresError)) {
      await shutDownServer(server, plan);
      releaseServerAddress(address);
    }
    throw error;
  }
}

/** PostgreSQL deals with its own files; the directory of the dead server's socket is ours. */
function clearAfterCrash(cluster: string): void {
  const stale = readPostmasterFile(cluster);
  if (stale === undefined) return;
  releaseServerAddress(addressOf(stale));
  disarmStalePostmasterFile(cluster);
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    PASSING_CODES.includes((error as { code?: unknown }).code) ||
    PASSING_REASONS.test(error.message)
  );
}

function explain(error: unknown, { cluster }: ServerPlan, running?: PostmasterFile): Error {
  if (running === undefined || error instanceof EmbeddedPostgresError) {
    return stepFailed(`use the embedded database in ${cluster}`, error);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EmbeddedPostgresError(
    `PostgreSQL (process ${running.pid}) runs on ${cluster} but cannot be used (${reason}): stop it with "kill -INT ${running.pid}" and start again`,
    { cause: error },
  );
}
