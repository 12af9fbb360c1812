import type { Client, ClientConfig } from 'pg';
import type { ConnectionSettings } from '../session/connection-settings';
import { openClient } from '../session/client';
import { searchPathOf } from '../session/search-path';

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
  const client = await openClient({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...options,
    ...owner,
    application_name: `task-api ${work}`,
  });
  try {
    await client.query(`set search_path = ${searchPathOf(owner)}`);
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Lets the planner know what a bulk load has changed, rather than leave that to autovacuum. */
export async function analyze(owner: ConnectionSettings): Promise<void> {
  const client = await openOwnerSession(owner, 'analyze');
  try {
    await client.query('analyze users, tasks');
  } finally {
    await client.end();
  }
}
