/**
 * `npm run db:drift`: fails, and prints the SQL, when the migrated database differs from what the
 * entities say. (TypeORM's own `schema:log` prints the same and always exits with 0.)
 */
import { withOwnerDataSource } from './owner-data-source.mjs';

await withOwnerDataSource(async (dataSource) => {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  if (upQueries.length === 0) {
    console.log('The database matches the entities.');
    return;
  }
  console.error('The database differs from the entities. TypeORM would run:');
  for (const { query } of upQueries) console.error(`  ${query};`);
  process.exitCode = 1;
});
