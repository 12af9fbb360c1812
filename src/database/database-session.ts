import { Client, type ClientConfig } from 'pg';
import type { ConnectionSettings } from './connection-settings';
import { sqlState } from './database-errors';

/** Beyond these a statement fails with 57014 or 55P03, and the client is told to come back. */
const STATEMENT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Settings of every session that serves requests. They travel with the connection, because
 * `ALTER ROLE … SET` does not act on a role that is switched to; the role also tames a login that
 * is a superuser or owns the tables: without it, a forgotten scope would show every row.
 */
export const SESSION_SETTINGS = {
  role: 'task_api',
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  lock_timeout: String(LOCK_TIMEOUT_MS),
  idle_in_transaction_session_timeout: '10000',
  TimeZone: 'UTC',
  jit: 'off',
  // A rollback outside a transaction is routine in transaction scope, not worth a warning each.
  client_min_messages: 'error',
} as const;

const STARTUP_OPTIONS = Object.entries(SESSION_SETTINGS)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** What a pooler answers to a startup option that it does not know (PgBouncer, Neon). */
const PROTOCOL_VIOLATION = '08P01';

/** How to open a session at the endpoint, as found out once at start. */
export class DatabaseSession {
  private constructor(readonly config: ClientConfig) {}

  /**
   * Tries the settings as startup options, and goes without them where a pooler refuses those. The
   * isolation gate then judges what such a session is.
   * @throws the driver's error when the database cannot be reached or refuses the login.
   */
  static async negotiate(settings: ConnectionSettings): Promise<DatabaseSession> {
    const bare: ClientConfig = {
      ...settings,
      application_name: 'task-api',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    };
    const confined: ClientConfig = { ...bare, options: STARTUP_OPTIONS };
    try {
      await probe(confined);
      return new DatabaseSession(confined);
    } catch (error) {
      if (sqlState(error) !== PROTOCOL_VIOLATION) throw error;
      await probe(bare);
      return new DatabaseSession(bare);
    }
  }
}

async function probe(config: ClientConfig): Promise<void> {
  const client = new Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}
