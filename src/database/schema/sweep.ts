import { DataSource } from 'typeorm';
import type { ConnectionSettings } from '../session/connection-settings';
import { takeMigrationLock } from './migration-lock';
import { migratorOptions } from './data-source-options';
import { openOwnerSession } from './owner-session';
import { inRowBatches, type RowBatches } from '../online-migrations/row-batches';

/**
 * Goes through tables as their owner, outside any migration, while servers serve. No migration runs
 * meanwhile, and no other sweep: each opens the rows to the owner, and closes them when it ends.
 * @throws MigrationError where another process holds the lock for too long, or the driver's error
 */
export async function sweep(
  owner: ConnectionSettings,
  batches: readonly RowBatches[],
): Promise<void> {
  const session = await openOwnerSession(owner, 'sweep');
  try {
    await takeMigrationLock(session);
    const source = await new DataSource(migratorOptions(owner, [])).initialize();
    try {
      const runner = source.createQueryRunner();
      for (const each of batches) await inRowBatches(runner, each);
      await runner.release();
    } finally {
      await source.destroy();
    }
  } finally {
    await session.end();
  }
}
