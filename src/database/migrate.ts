import { Client, type ClientConfig } from 'pg';
import { DataSource } from 'typeorm';
import type { ConnectionSettings } from './connection-settings';
import { dataSourceOptions } from './data-source-options';

/** A paused cloud database takes seconds to wake. */
const CONNECT_TIMEOUT_MS = 15_000;
/** How long another process may be migrating before this one gives up. */
const LOCK_WAIT_MS = 10 * 60_000;

/** Any number that nothing else in this database locks: the letters of "task". */
const MIGRATION_LOCK = 0x7461736b;

/**
 * Brings the schema up to date as its owner. The advisory lock lets processes start at once: the
 * second waits for the first, and then finds nothing to do. It is held by a session of its own, so
 * the URL must reach the server directly, not through a pooler.
 * @returns the names of the migrations that ran
 */
export async function migrate(owner: ConnectionSettings): Promise<readonly string[]> {
  const session: ClientConfig = {
    ...owner,
    application_name: 'task-api migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  };
  const lock = new Client(session);
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await lock.query(`set lock_timeout = ${LOCK_WAIT_MS}`);
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await runPending(session);
  } finally {
    await lock.end();
  }
}

async function runPending(session: ClientConfig): Promise<readonly string[]> {
  const source = new DataSource(dataSourceOptions(session, 1));
  await source.initialize();
  try {
    const done = await source.runMigrations();
    return done.map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}
