import type { Client, ClientConfig } from 'pg';
import type { ConnectionSettings } from '../connection-settings';
import { newClient } from '../new-client';
import { searchPathOf } from './search-path';

/** A paused cloud database takes seconds to wake. */
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Logs in as the owner of the tables. The search path is set by a statement, so that a pooler that
 * refuses or drops startup options cannot send the owner to another schema.
 * @param work what the session is for, as pg_stat_activity shows it
 * @param options what the URL does not say
 * @throws the driver's error
 */
export async function openOwnerSession(
  owner: ConnectionSettings,
  work: string,
  options: ClientConfig = {},
): Promise<Client> {
  const client = newClient({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...options,
    ...owner,
    application_name: `task-api ${work}`,
  });
  // Whatever is under way is rejected with the reason.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`set search_path = ${searchPathOf(owner)}`);
    return client;
  } catch (error) {
    // A login that failed half-way also leaves a connection, which would keep this process running.
    await client.end();
    throw error;
  }
}
