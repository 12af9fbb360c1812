import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../../database/session/connection-settings';
import { databaseFault, sqlState } from '../../database/database-errors';
import { DatabaseInUseError, EmbeddedPostgresError, stepFailed } from '../embedded-postgres-error';
import { endWithProcess } from './end-with-process';
import {
  type LaunchedServer,
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
} from '../cluster/postmaster-file';
import {
  type ServerAddress,
  addressOf,
  chooseServerAddress,
  releaseServerAddress,
} from './server-address';
import { type Report, STOP_WITHIN_MS, ServerOwnership } from '../server-ownership';

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

/** How long a transient state may last, by its name in postmaster.pid. */
const PATIENCE_MS: Readonly<Record<string, number>> = {
  starting: READY_WITHIN_MS,
  stopping: STOP_WITHIN_MS,
};
const SETTLE_WITHIN_MS = 15_000;
const RETRY_MS = 50;

/** The report of a start that meets another server, which is starting or stopping. */
const PASSING_REASONS =
  /lock file "postmaster\.pid"|memory block .* is still in use|could not (bind|create any)/;

/**
 * Takes over the server that an earlier process left running on the cluster, or starts one. One that
 * is stopping is waited for.
 * @throws EmbeddedPostgresError also when another living process owns the server
 */
export async function obtainServer(
  plan: ServerPlan,
  owner: OwnerSettings,
  report: Report,
): Promise<OwnedServer> {
  let met: string | undefined;
  let since = 0;
  for (;;) {
    const running = findRunningServer(plan.cluster);
    let obstacle: unknown;
    try {
      if (running === undefined) return await launch(plan, owner, report);
      if (running.status === 'ready') return await adopt(running, plan, owner, report);
      // Not asked for a session, each of which it would refuse by an error in its log.
      obstacle = new Error(`it is ${running.status || 'starting'}`);
    } catch (error) {
      if (!isPassing(error)) throw explain(error, plan, running);
      obstacle = error;
    }
    const state = `${running?.pid} ${running?.status}`;
    if (state !== met) since = Date.now();
    met = state;
    const patience = PATIENCE_MS[running?.status ?? ''] ?? SETTLE_WITHIN_MS;
    if (Date.now() - since > patience) throw explain(obstacle, plan, running);
    await sleep(RETRY_MS);
  }
}

async function adopt(
  running: PostmasterFile,
  plan: ServerPlan,
  owner: OwnerSettings,
  report: Report,
): Promise<OwnedServer> {
  const server = adoptServer(running, plan.cluster);
  const ownership = new ServerOwnership(owner(server.address), report);
  const session = await ownership.claim();
  return { server, ownership, session, outcome: 'reused' };
}

async function launch(
  plan: ServerPlan,
  owner: OwnerSettings,
  report: Report,
): Promise<OwnedServer> {
  clearAfterCrash(plan.cluster);
  const address = await chooseServerAddress(plan.user);
  let server: LaunchedServer;
  try {
    server = launchServer(plan, address);
  } catch (error) {
    releaseServerAddress(address);
    throw error;
  }
  const mayOutlive = endWithProcess(server, plan, () => 'fast');
  const ownership = new ServerOwnership(owner(address), report);
  try {
    await server.ready();
    return { server, ownership, session: await ownership.claim(), outcome: 'started' };
  } catch (error) {
    // Another process took it over first.
    if (!(error instanceof DatabaseInUseError)) {
      await shutDownServer(server, plan);
      releaseServerAddress(address);
    }
    throw error;
  } finally {
    mayOutlive();
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
  if (error instanceof EmbeddedPostgresError) return PASSING_REASONS.test(error.message);
  const code = sqlState(error);
  return code === undefined || code.startsWith('57P') ? databaseFault(error) !== undefined : false;
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
