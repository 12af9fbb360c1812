import { DataSource } from 'typeorm';
import { readEnv } from './src/config/sources/process-environment';
import { provideDatabase } from './src/embedded-postgres/provide-database';
import { migratorOptions } from './src/database/schema/data-source-options';
import { exitOnSignal } from './src/server/ending-signals';
import { Task } from './src/tasks/task.entity';
import { TrashedTask } from './src/trash/trashed-task.entity';
import { User } from './src/users/user.entity';

exitOnSignal();

/** The owner's DataSource, for `npm run db:revert`, `db:drift`, and TypeORM's command line. */
export default provideDatabase(readEnv(), console.warn).then(
  ({ endpoint }) =>
    new DataSource({ ...migratorOptions(endpoint.owner), entities: [User, Task, TrashedTask] }),
);
