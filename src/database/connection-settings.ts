import type { ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import type { NamesSchema } from './schema/search-path';

/** Where a PostgreSQL is and as whom to log in: the part of pg's configuration that names a session. */
export type ConnectionSettings = Pick<
  ClientConfig,
  'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'
> &
  NamesSchema;

/** The two identities under which the API ever speaks to its database. */
export interface DatabaseEndpoint {
  /** Serves requests; confined to the role `task_api` for its whole session. */
  readonly api: ConnectionSettings;
  /** Owns the tables; used by migrations alone. */
  readonly owner: ConnectionSettings;
  /** For people: host and database, or the embedded directory. Never a password. */
  readonly description: string;
}

export function connectionSettings(url: string): ConnectionSettings {
  const { host, port, user, password, database, ssl } = parseIntoClientConfig(url);
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(ssl !== undefined && { ssl }),
  };
}
