import { join, resolve } from 'node:path';
import type { ConnectionSettings, DatabaseEndpoint } from '../database/session/connection-settings';
import { API_DATABASE, API_ROLE, MAINTENANCE_DATABASE, OWNER_ROLE, bootstrap } from './bootstrap';
import {
  CLUSTER_LOG,
  type ClusterCredentials,
  checkCluster,
  findCluster,
  readCredentials,
} from './cluster/cluster';
import { createCluster, prepareClusterBase } from './cluster/create-cluster';
import { EmbeddedPostgresError, stepFailed } from './embedded-postgres-error';
import { endWithProcess } from './process/end-with-process';
import { lastSessionsEnd } from './process/last-sessions';
import { type OwnedServer, obtainServer } from './process/obtain-server';
import { preparePostgresBinaries } from './cluster/postgres-binaries';
import { type ServerPlan, shutDownServer } from './process/postgres-server';
import { choosePostgresUser } from './cluster/postgres-user';
import { finishReplacement } from './cluster/replace-cluster';
import {
  type ServerAddress,
  releaseServerAddress,
  requireSocketPlace,
} from './process/server-address';
import { keepServerLogSmall } from './process/server-log';
import type { Report } from './server-ownership';

export interface EmbeddedPostgresOptions {
  /** DATA_DIR. Made when it is missing; relative to the working directory. */
  readonly dataDir: string;
  /** PostgreSQL settings on top of the built-in ones, such as `fsync: 'off'` for tests. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Called with what takes longer than usual. */
  readonly report?: Report;
}

/** A PostgreSQL that only this process may stop. */
export interface EmbeddedPostgres {
  /** The database `task_api`, as the roles `task_api` and `postgres` (the superuser). */
  readonly endpoint: DatabaseEndpoint;
  /** Another database of the same cluster, as the same roles. */
  endpointFor(database: string): DatabaseEndpoint;
  /** `created`: the data is new. `reused`: the server outlived the process that had started it. */
  readonly outcome: 'created' | 'started' | 'reused';
  /** The directory that holds the data; not below DATA_DIR where that cannot be. */
  readonly location: string;
  /** Fulfils once PostgreSQL has ended, by `stop()` or otherwise. Never rejects. */
  readonly exited: Promise<PostgresExit>;
  /** Asks the next process on this data to wait: `stop()` follows soon. */
  announceStop(): void;
  /** Ends every session and waits for PostgreSQL to end. Further calls wait for the same. */
  stop(): Promise<void>;
}

export interface PostgresExit {
  /** Whether `stop()` had been called. */
  readonly expected: boolean;
  /** For the log, such as `ended with SIGKILL`. */
  readonly how: string;
}

/**
 * Starts PostgreSQL on the data in `dataDir`, makes the data first when there is none, or takes over
 * the server that a killed process left running on it. Never deletes or overwrites data.
 *
 * PostgreSQL also ends when this process exits without `stop()`, or before it has started. It
 * outlives only a process that is killed; the next start takes it over.
 * @throws EmbeddedPostgresError one line for the operator
 */
export async function startEmbeddedPostgres({
  dataDir,
  parameters = {},
  report = () => undefined,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = resolve(dataDir);
  try {
    const { plan, credentials, isNew } = await prepare(directory, parameters, report);
    const endpointAt = (address: ServerAddress, database: string) =>
      describeEndpoint(plan, credentials, address, database);
    const owned = await obtainServer(
      plan,
      (address) => endpointAt(address, MAINTENANCE_DATABASE).owner,
      report,
    );
    const { server } = owned;
    const { exited, stop } = supervise(owned, plan);
    try {
      await bootstrap(owned.session, credentials.apiPassword);
    } catch (cause) {
      await stop();
      throw cause;
    }
    owned.ownership.moveToBackground();
    return {
      endpoint: endpointAt(server.address, API_DATABASE),
      endpointFor: (database) => endpointAt(server.address, database),
      outcome: isNew ? 'created' : owned.outcome,
      location: plan.cluster,
      exited,
      announceStop: () => {
        void owned.ownership.announceStop();
      },
      stop,
    };
  } catch (cause) {
    throw stepFailed(`start the embedded database in ${directory}`, cause);
  }
}

async function prepare(
  dataDir: string,
  parameters: Readonly<Record<string, string>>,
  report: Report,
): Promise<{ plan: ServerPlan; credentials: ClusterCredentials; isNew: boolean }> {
  finishReplacement(dataDir);
  const found = findCluster(dataDir);
  const user = choosePostgresUser(found?.owner);
  const base = prepareClusterBase(dataDir, user);
  const binaries = preparePostgresBinaries(user, base);
  if (found === undefined) {
    requireSocketPlace(user);
    report(`Making a new database in ${dataDir}, which takes a few seconds`);
    const durable = parameters['fsync'] !== 'off';
    await createCluster({ dataDir, base, durable }, binaries, user);
  }
  const cluster = found ?? findCluster(dataDir);
  if (cluster === undefined) throw new EmbeddedPostgresError(`${dataDir} vanished meanwhile`);
  checkCluster(cluster, binaries.version);
  const log = join(dataDir, CLUSTER_LOG);
  return {
    credentials: readCredentials(cluster),
    plan: { cluster: cluster.directory, log, binaries, user, parameters },
    isNew: found === undefined,
  };
}

/** Couples the server's life to this process's. */
function supervise(
  { server, ownership, session }: OwnedServer,
  plan: ServerPlan,
): Pick<EmbeddedPostgres, 'exited' | 'stop'> {
  const log = keepServerLogSmall(plan.log);
  let isShuttingDown = false;
  const mayOutlive = endWithProcess(server, plan, () => {
    // An exit in the middle of a shutdown does not wait for it.
    if (isShuttingDown) return 'immediate';
    return ownership.held ? 'fast' : undefined;
  });

  let stopping: Promise<void> | undefined;
  const exited = server.exited.then((how) => {
    mayOutlive();
    ownership.release();
    releaseServerAddress(server.address);
    log.stop();
    return { expected: stopping !== undefined, how };
  });
  const stopOnce = async () => {
    // No longer ours only if its session was cut and another start took over first.
    if (await ownership.confirm()) {
      isShuttingDown = true;
      await lastSessionsEnd(session, ownership.announceStop());
      ownership.expectEnd();
      await shutDownServer(server, plan);
      await exited;
    } else {
      ownership.release();
      log.stop();
    }
  };
  return { exited, stop: () => (stopping ??= stopOnce()) };
}

function describeEndpoint(
  { cluster, binaries }: ServerPlan,
  { apiPassword, ownerPassword }: ClusterCredentials,
  { host, port }: ServerAddress,
  database: string,
): DatabaseEndpoint {
  const settings = (user: string, password: string): ConnectionSettings => {
    // Explicit, so that no PGSSLMODE in the environment applies to it.
    return { host, port, user, password, database, ssl: false };
  };
  return {
    api: settings(API_ROLE, apiPassword),
    owner: settings(OWNER_ROLE, ownerPassword),
    description: `embedded PostgreSQL ${binaries.version} in ${cluster}`,
  };
}
