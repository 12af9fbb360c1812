import type { ClientBase, PoolConfig } from 'pg';
import {
  type EntitySubscriberInterface,
  EventSubscriber,
  type MigrationInterface,
  type TransactionStartEvent,
} from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { migrations } from '../../../migrations';
import type { ClientSettings } from '../session/client';
import type { ConnectionSettings } from '../session/connection-settings';
import { searchPathOf } from '../session/search-path';
import { SessionClient } from '../session/session-client';
import { HISTORY_TABLE } from './migration-history';

export type Entities = NonNullable<PostgresDataSourceOptions['entities']>;

/**
 * TypeORM's options for a session: the application, its command line and the tests all start here.
 * The schema changes by migrations alone.
 * @param entities of the features; a session that only migrates needs none
 */
export function dataSourceOptions(
  session: ClientSettings & Pick<PoolConfig, 'onConnect'>,
  poolSize: number,
  entities: Entities = [],
): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    entities,
    migrations,
    migrationsTableName: HISTORY_TABLE,
    // One that leaves the transaction (`transaction = false`) is refused with 'all'.
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
    // An absent criterion must never read as "every row".
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    poolSize,
    extra: { Client: SessionClient, ...session },
  };
}

/** A migration as `migrations/index.ts` lists it. */
export type Migration = new () => MigrationInterface;

/**
 * Requests queue behind a statement that waits for the lock of a whole table, so it gives up soon
 * and is repeated. Below the 300 ms after which a request on a lane is refused.
 */
const LIMIT_LOCKS = 'set lock_timeout = 200';

/** Citus hands a setting on to its workers only if it is made for the transaction. */
@EventSubscriber()
class LimitedTransactions implements EntitySubscriberInterface {
  async afterTransactionStart({ queryRunner }: TransactionStartEvent): Promise<void> {
    await queryRunner.query(`set local citus.propagate_set_commands = 'local'`);
    await queryRunner.query(LIMIT_LOCKS.replace('set', 'set local'));
  }
}

/** TypeORM's options for the session in which migrations run. */
export function migratorOptions(
  owner: ConnectionSettings,
  chosen: readonly Migration[] = migrations,
): PostgresDataSourceOptions {
  const settings = [
    `set search_path = ${searchPathOf(owner)}`,
    LIMIT_LOCKS,
    // Of a login that also serves requests: an index takes as long as it takes.
    'set statement_timeout = 0',
    'set idle_in_transaction_session_timeout = 0',
    // Row-level security is forced upon the owner: without this, an update of rows changes none,
    // and says nothing. With it, PostgreSQL refuses the statement.
    'set row_security = off',
    // Otherwise Citus alters the shards of a table at once, and refuses to make a type or function after it.
    `set citus.multi_shard_modify_mode = 'sequential'`,
  ].join('; ');
  const onConnect = async (client: ClientBase): Promise<void> => {
    await client.query(settings);
  };
  const session = { ...owner, application_name: 'task-api migrate', onConnect };
  return {
    ...dataSourceOptions(session, 1),
    migrations: [...chosen],
    subscribers: [LimitedTransactions],
    // Every other one writes each failed attempt to standard output, where a command prints JSON.
    logger: 'debug',
  };
}
