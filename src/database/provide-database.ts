import type { Env } from '../config/env';
import { connectionSettings, type DatabaseEndpoint } from './connection-settings';
import { startEmbeddedPostgres } from './embedded/embedded-postgres';

/** For the start, the command line, and whoever looks at the data meanwhile. */
const FURTHER_CONNECTIONS = 40;

/** The database of this process: one that runs elsewhere, or the embedded one that it started. */
export interface ProvidedDatabase {
  readonly endpoint: DatabaseEndpoint;
  /** Fulfils with the reason if the embedded server ends by itself; otherwise it stays pending. */
  readonly lost: Promise<string>;
  /** Stops what this process started. */
  release(): Promise<void>;
}

/** @throws EmbeddedPostgresError one line for the operator */
export async function provideDatabase(env: Env): Promise<ProvidedDatabase> {
  const configured = configuredEndpoint(env);
  if (configured !== undefined) {
    return {
      endpoint: configured,
      lost: new Promise(() => undefined),
      release: () => Promise.resolve(),
    };
  }
  const embedded = await startEmbeddedPostgres({
    dataDir: env.dataDir,
    parameters: { max_connections: String(mostConnections(env)) },
  });
  return {
    endpoint: embedded.endpoint,
    lost: new Promise((resolve) => {
      void embedded.exited.then(({ expected, how }) => {
        if (!expected) resolve(how);
      });
    }),
    release: () => embedded.stop(),
  };
}

/** The database that DATABASE_URL names, if it does. */
export function configuredEndpoint({ database }: Env): DatabaseEndpoint | undefined {
  if (database.url === undefined) return undefined;
  const api = connectionSettings(database.url);
  return {
    api,
    owner: connectionSettings(database.ownerUrl ?? database.url),
    description: `${api.host ?? 'localhost'}:${api.port ?? 5432}/${api.database ?? ''}`,
  };
}

function mostConnections({ database, workers }: Env): number {
  return workers * (database.lanes + database.pool) + FURTHER_CONNECTIONS;
}
