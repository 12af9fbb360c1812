import { DataSource } from 'typeorm';
import { parseEnv } from './src/config/env';
import { dataSourceOptions } from './src/database/data-source-options';
import { provideDatabase } from './src/database/provide-database';

/** The owner's DataSource, for TypeORM's command line: `npm run db:migrate`, `db:revert`. */
export default provideDatabase(parseEnv(process.env)).then(
  ({ endpoint }) => new DataSource(dataSourceOptions({ ...endpoint.owner }, 1)),
);
