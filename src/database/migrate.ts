import { Client, type ClientConfig } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations';
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
 * @param only the names of those that may run; absent: all
 * @returns the names of the migrations that ran
 */
export async function migrate(
  owner: ConnectionSettings,
  only?: readonly string[],
): Promise<readonly string[]> {
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
    return await runPending(session, only);
  } finally {
    await lock.end();
  }
}

/** The names of the migrations that this program knows, in order. */
export const KNOWN_MIGRATIONS: readonly string[] = migrations.map(({ name }) => name);

/** The names of those that have made the schema, in order; none where nothing has. */
export async function appliedMigrations(client: Client): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `select to_regclass('public.migrations') is not null as exists`,
  );
  if (tables[0]?.exists !== true) return [];
  const { rows } = await client.query<{ name: string }>('select name from migrations order by id');
  return rows.map(({ name }) => name);
}

async function runPending(
  session: ClientConfig,
  only: readonly string[] | undefined,
): Promise<readonly string[]> {
  const options = dataSourceOptions(session, 1);
  const chosen = migrations.filter(({ name }) => only?.includes(name) ?? true);
  const source = new DataSource({ ...options, migrations: chosen });
  await source.initialize();
  try {
    const done = await source.runMigrations();
    return done.map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}
