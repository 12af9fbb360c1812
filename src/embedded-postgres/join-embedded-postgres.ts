import { resolve } from 'node:path';
import type { ConnectionSettings, DatabaseEndpoint } from '../database/session/connection-settings';
import { ANSWER_LIMIT_MS } from '../database/session/database-session';
import { databaseFault, sqlState } from '../database/database-errors';
import { withClient } from '../database/session/client';
import { API_DATABASE, API_ROLE, OWNER_ROLE } from './bootstrap';
import { type Cluster, findCluster, readCredentials } from './cluster/cluster';
import { findRunningServer } from './cluster/postmaster-file';
import { type ServerAddress, addressOf } from './process/server-address';
import { NAME_OF_STOPPING } from './server-ownership';

/** The database is made right after the server has started. */
const DATABASE_DOES_NOT_EXIST = '3D000';

/**
 * The way into a server that runs already on the data in `dataDir`, for a command that works beside
 * the API. Only its owner stops it, which also ends the sessions of the command.
 * @returns undefined where no server accepts sessions (any more, or yet), or its owner is stopping
 * @throws EmbeddedPostgresError when there is something in `dataDir` that is no whole cluster
 */
export async function joinEmbeddedPostgres(dataDir: string): Promise<DatabaseEndpoint | undefined> {
  const cluster = findCluster(resolve(dataDir));
  const running = cluster === undefined ? undefined : findRunningServer(cluster.directory);
  if (cluster === undefined || running?.status !== 'ready') return undefined;
  const sessions = sessionsAt(addressOf(running), cluster);
  const version = await versionOf(sessions.owner);
  return version === undefined
    ? undefined
    : { ...sessions, description: `embedded PostgreSQL ${version} in ${cluster.directory}` };
}

function sessionsAt(
  { host, port }: ServerAddress,
  cluster: Cluster,
): Omit<DatabaseEndpoint, 'description'> {
  const credentials = readCredentials(cluster);
  const at = { host, port, database: API_DATABASE, ssl: false };
  return {
    api: { ...at, user: API_ROLE, password: credentials.apiPassword },
    owner: { ...at, user: OWNER_ROLE, password: credentials.ownerPassword },
  };
}

/** Also proves that the server takes sessions, and will for a while. */
async function versionOf(owner: ConnectionSettings): Promise<string | undefined> {
  const session = { ...owner, connectionTimeoutMillis: ANSWER_LIMIT_MS };
  try {
    return await withClient(session, async (client) => {
      const { rows } = await client.query<{ version: string }>(
        `select current_setting('server_version') as version
         where not exists (select from pg_stat_activity where application_name like $1)`,
        [NAME_OF_STOPPING],
      );
      return rows[0]?.version;
    });
  } catch (error) {
    const isPassing =
      sqlState(error) === DATABASE_DOES_NOT_EXIST || databaseFault(error) !== undefined;
    if (isPassing) return undefined;
    throw error;
  }
}
