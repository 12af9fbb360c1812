import type { ClientSettings } from '../session/client';
import { SessionClient } from '../session/session-client';
import type { PoolConfig } from 'pg';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { migrations } from '../../../migrations';
import { HISTORY_TABLE } from './migration-history';

type Entities = NonNullable<PostgresDataSourceOptions['entities']>;

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
