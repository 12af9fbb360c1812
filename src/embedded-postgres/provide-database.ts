import type { Env } from '../config/env';
import { connectionSettings, type DatabaseEndpoint } from '../database/session/connection-settings';
import { findCluster } from './cluster/cluster';
import { startEmbeddedPostgres } from './embedded-postgres';

/** For the start, the command line, and everything that reads the data meanwhile. */
const FURTHER_CONNECTIONS = 40;

/** The database of this process: one that runs elsewhere, or the embedded one that it started. */
export interface ProvidedDatabase {
  readonly endpoint: DatabaseEndpoint;
  /** Fulfils with the reason if the embedded server ends by itself; otherwise it stays pending. */
  readonly lost: Promise<string>;
  /** Lets a process that starts on the same data wait for `release()`, which follows soon. */
  announceRelease(): void;
  /** Stops what this process started. */
  release(): Promise<void>;
}

/**
 * @param report called with what takes longer than usual, in words for people
 * @throws EmbeddedPostgresError one line for the operator
 */
export async function provideDatabase(
  env: Env,
  report: (what: string) => void,
): Promise<ProvidedDatabase> {
  const configured = configuredEndpoint(env);
  if (configured !== undefined) {
    return {
      endpoint: configured,
      lost: new Promise(() => undefined),
      announceRelease: () => undefined,
      release: () => Promise.resolve(),
    };
  }
  const embedded = await startEmbeddedPostgres({
    dataDir: env.dataDir,
    parameters: { max_connections: String(mostConnections(env)) },
    report,
  });
  return {
    endpoint: embedded.endpoint,
    lost: new Promise((resolve) => {
      void embedded.exited.then(({ expected, how }) => {
        if (!expected) resolve(how);
      });
    }),
    announceRelease: () => {
      embedded.announceStop();
    },
    release: () => embedded.stop(),
  };
}

/** Whether a start has to make its database first. @throws EmbeddedPostgresError */
export function makesDatabase({ database, dataDir }: Env): boolean {
  return database.url === undefined && findCluster(dataDir) === undefined;
}

/** The database that DATABASE_URL names, if it does. */
export function configuredEndpoint({ database }: Env): DatabaseEndpoint | undefined {
  if (database.url === undefined) return undefined;
  const api = connectionSettings(database.url);
  const { host = 'localhost', port = 5432, database: name = '', schema } = api;
  return {
    api,
    // What DATABASE_URL says is the schema of both.
    owner: {
      ...connectionSettings(database.ownerUrl ?? database.url),
      ...(schema !== undefined && { schema }),
    },
    description: `${host}:${port}/${name}${schema === undefined ? '' : `, schema ${schema}`}`,
  };
}

function mostConnections({ database, workers }: Env): number {
  return workers * (database.lanes + database.pool) + FURTHER_CONNECTIONS;
}
