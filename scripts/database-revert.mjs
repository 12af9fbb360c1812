/**
 * `npm run db:revert`: undoes the last migration, and says which. (TypeORM's own `migration:revert`
 * answers a mistake in the configuration with a stack.)
 */
import { MigrationExecutor } from 'typeorm';
import { withOwnerDataSource } from './owner-data-source.mjs';

await withOwnerDataSource(async (dataSource) => {
  const applied = async () =>
    (await new MigrationExecutor(dataSource).getExecutedMigrations()).map(({ name }) => name);
  const before = await applied();
  const known = dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
  const newer = before.filter((name) => !known.includes(name));
  if (newer.length > 0) {
    console.error(`${newer.join(', ')}: of a newer version: run db:revert from that version`);
    process.exitCode = 1;
    return;
  }
  await dataSource.undoLastMigration({ transaction: 'each' });
  const after = await applied();
  const undone = before.filter((name) => !after.includes(name));
  console.log(undone.length === 0 ? 'There is no migration to undo.' : `Undid ${undone.join()}.`);
});
