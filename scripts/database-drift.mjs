/**
 * `npm run db:drift`: fails, and prints the SQL, when the migrated database differs from what the
 * entities say. (TypeORM's own `schema:log` prints the same and always exits with 0.)
 */
import { resolve } from 'node:path';
import { CommandUtils } from 'typeorm/commands/CommandUtils.js';

const dataSource = await CommandUtils.loadDataSource(resolve('dist', 'ormconfig.js'));
dataSource.setOptions({
  synchronize: false,
  migrationsRun: false,
  dropSchema: false,
  logging: false,
});
await dataSource.initialize();
try {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) {
    console.log('The database matches the entities.');
  } else {
    console.error('The database differs from the entities. TypeORM would run:');
    for (const { query } of upQueries) console.error(`  ${query};`);
    process.exitCode = 1;
  }
} finally {
  await dataSource.destroy();
}
