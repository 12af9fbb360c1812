import type { ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { databaseTls } from '../../config/database/database-tls';
import { databaseUrlParameters, isLocationParameter } from '../../config/database/database-url';
import { ChannelBoundClient } from './channel-bound-client';
import type { NamesSchema } from './search-path';

/**
 * Where a PostgreSQL is, as whom to log in, and how to reach it: the part of pg's configuration that
 * an operator chooses.
 */
export type ConnectionSettings = Pick<
  ClientConfig,
  | 'host'
  | 'port'
  | 'user'
  | 'password'
  | 'database'
  | 'ssl'
  | 'sslnegotiation'
  | 'enableChannelBinding'
  | 'application_name'
  | 'connectionTimeoutMillis'
  | 'keepAlive'
  | 'keepAliveInitialDelayMillis'
> &
  NamesSchema & {
    /** The class of its clients, where it is not pg's own. */
    readonly Client?: typeof ChannelBoundClient;
  };

/** The two identities under which the API uses its database. */
export interface DatabaseEndpoint {
  /** Serves requests; confined to the role `task_api` for its whole session. */
  readonly api: ConnectionSettings;
  /** Owns the tables; used by migrations alone. */
  readonly owner: ConnectionSettings;
  /** For people: host and database, or the embedded directory. Never a password. */
  readonly description: string;
}

/** @param url without mistakes (config/database/database-url.ts) */
export function connectionSettings(url: string): ConnectionSettings {
  const parameters = databaseUrlParameters(url);
  const value = (name: string): string | undefined => parameters.get(name);
  const sslnegotiation = value('sslnegotiation');
  const applicationName = value('application_name');
  const schema = value('schema');
  const connectSeconds = value('connect_timeout');
  const idleSeconds = value('keepalives_idle');
  return {
    ...location(url),
    // Always set, so that pg does not read PGSSLMODE.
    ssl: databaseTls(parameters),
    ...(sslnegotiation === 'direct' && { sslnegotiation }),
    ...(value('channel_binding') === 'prefer' && { enableChannelBinding: true }),
    ...(value('channel_binding') === 'require' && { Client: ChannelBoundClient }),
    ...(applicationName !== undefined && { application_name: applicationName }),
    ...(schema !== undefined && { schema }),
    ...(connectSeconds !== undefined && {
      connectionTimeoutMillis: Number(connectSeconds) * 1_000,
    }),
    keepAlive: value('keepalives') !== '0',
    ...(idleSeconds !== undefined && { keepAliveInitialDelayMillis: Number(idleSeconds) * 1_000 }),
  };
}

/** As pg reads it. */
function location(url: string): Partial<ConnectionSettings> {
  const [base = ''] = url.split('?');
  const where = [...databaseUrlParameters(url)].filter(([name]) => isLocationParameter(name));
  const { host, port, user, password, database } = parseIntoClientConfig(
    `${base}?${new URLSearchParams(where).toString()}`,
  );
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
  };
}
