import type { Env } from '../config/env';
import { connectionSettings, type DatabaseEndpoint } from './connection-settings';
import { startEmbeddedPostgres } from './embedded/embedded-postgres';

/** The database of this process: one that runs elsewhere, or the embedded one that it started. */
export interface ProvidedDatabase {
  readonly endpoint: DatabaseEndpoint;
  /** Fulfils with the reason if the embedded server ends by itself; otherwise it stays pending. */
  readonly lost: Promise<string>;
  /** Stops what this process started. */
  release(): Promise<void>;
}

/** @throws EmbeddedPostgresError one line for the operator */
export async function provideDatabase({ database, dataDir }: Env): Promise<ProvidedDatabase> {
  if (database.url !== undefined) {
    return {
      endpoint: endpointOf(database.url, database.ownerUrl ?? database.url),
      lost: new Promise(() => undefined),
      release: () => Promise.resolve(),
    };
  }
  const embedded = await startEmbeddedPostgres({ dataDir });
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

function endpointOf(url: string, ownerUrl: string): DatabaseEndpoint {
  const api = connectionSettings(url);
  return {
    api,
    owner: connectionSettings(ownerUrl),
    description: `${api.host ?? 'localhost'}:${api.port ?? 5432}/${api.database ?? ''}`,
  };
}
