import { Client } from 'pg';
import { DataSource } from 'typeorm';
import type { ConnectionSettings } from './connection-settings';
import { dataSourceOptions } from './data-source-options';

/** Any number that nothing else in this database locks: the letters of "task". */
const MIGRATION_LOCK = 0x7461736b;

/**
 * Brings the schema up to date as its owner. The advisory lock lets processes start at once: the
 * second waits for the first, and then finds nothing to do. It is held by a session of its own, so
 * the URL must reach the server directly, not through a pooler.
 * @returns the names of the migrations that ran
 */
export async function migrate(owner: ConnectionSettings): Promise<readonly string[]> {
  const lock = new Client({ ...owner, application_name: 'task-api migrate' });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await runPending(owner);
  } finally {
    await lock.end();
  }
}

async function runPending(owner: ConnectionSettings): Promise<readonly string[]> {
  const source = new DataSource(dataSourceOptions({ ...owner }, 1));
  await source.initialize();
  try {
    const done = await source.runMigrations();
    return done.map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}
