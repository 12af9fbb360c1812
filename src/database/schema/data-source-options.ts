import type { ClientConfig } from 'pg';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { migrations } from '../../../migrations';
import { Task } from '../../tasks/task.entity';
import { User } from '../../users/user.entity';
import { HISTORY_TABLE } from './migration-history';

/**
 * TypeORM's options for a session: the application, its command line and the tests all start here.
 * The schema changes by migrations alone.
 */
export function dataSourceOptions(
  session: ClientConfig,
  poolSize: number,
): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    entities: [User, Task],
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
    extra: session,
  };
}
