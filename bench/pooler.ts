import { settingsOfLogin } from '../src/database/session/database-session';
import type { DatabaseEndpoint } from '../src/database/session/connection-settings';
import { PgBouncer } from '../test/support/database/pg-bouncer';
import type { WorkingCopy } from './bench-database';

/** Server connections: more than the lanes and pool of one process ask for at a time. */
const SERVER_CONNECTIONS = 16;

/** Another way to the same database. */
export interface Detour {
  readonly endpoint: DatabaseEndpoint;
  stop(): Promise<void>;
}

/** Puts PgBouncer between the API and its database; the owner goes past it, as operators do. */
export async function throughPgBouncer({
  endpoint,
  owner,
}: Pick<WorkingCopy, 'endpoint' | 'owner'>): Promise<Detour> {
  // PgBouncer refuses startup options, so the login brings the settings along.
  for (const statement of settingsOfLogin(String(endpoint.api.user), endpoint.api)) {
    await owner.query(statement);
  }
  const bouncer = await PgBouncer.start(endpoint.api, {
    serverConnections: SERVER_CONNECTIONS,
    keptStatements: 200,
    takesTurns: false,
  });
  return {
    endpoint: { ...endpoint, api: bouncer.settings },
    stop: () => bouncer.stop(),
  };
}
