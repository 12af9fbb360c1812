import { DataSource } from 'typeorm';
import { parseEnv } from './src/config/env';
import { processEnvironment } from './src/config/process-environment';
import { dataSourceOptions } from './src/database/data-source-options';
import { provideDatabase } from './src/database/provide-database';
import { exitOnSignal } from './src/ending-signals';

exitOnSignal();

/** The owner's DataSource, for TypeORM's command line: `npm run db:migrate`, `db:revert`. */
export default provideDatabase(parseEnv(processEnvironment()), console.warn).then(
  ({ endpoint }) => new DataSource(dataSourceOptions({ ...endpoint.owner }, 1)),
);
