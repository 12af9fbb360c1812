import type { ClientBase } from 'pg';
import type { MigrationInterface } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { migrations } from '../../../migrations';
import type { ConnectionSettings } from '../session/connection-settings';
import { dataSourceOptions } from './data-source-options';
import { searchPathOf } from '../session/search-path';

/** A migration as `migrations/index.ts` lists it. */
export type Migration = new () => MigrationInterface;

/**
 * Requests queue behind a statement that waits for the lock of a whole table, so it gives up soon
 * and is repeated. Below the 300 ms after which a request on a lane is refused.
 */
const LOCK_TIMEOUT_MS = 200;

/** TypeORM's options for the session in which migrations run. */
export function migratorOptions(
  owner: ConnectionSettings,
  chosen: readonly Migration[] = migrations,
): PostgresDataSourceOptions {
  const settings = [
    `set search_path = ${searchPathOf(owner)}`,
    `set lock_timeout = ${LOCK_TIMEOUT_MS}`,
    // Of a login that also serves requests: an index takes as long as it takes.
    'set statement_timeout = 0',
    'set idle_in_transaction_session_timeout = 0',
    // Row-level security is forced upon the owner: without this, an update of rows changes none,
    // and says nothing. With it, PostgreSQL refuses the statement.
    'set row_security = off',
  ].join('; ');
  const onConnect = async (client: ClientBase): Promise<void> => {
    await client.query(settings);
  };
  const session = { ...owner, application_name: 'task-api migrate', onConnect };
  return {
    ...dataSourceOptions(session, 1),
    migrations: [...chosen],
    // Every other one writes each failed attempt to standard output, where a command prints JSON.
    logger: 'debug',
  };
}
