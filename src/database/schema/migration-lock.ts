import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/** Any number that nothing else in this database locks: the letters of "task". */
const MIGRATION_LOCK = 0x7461736b;
/** How long another process may be migrating before this one gives up. */
const WAIT_MS = 10 * 60_000;
const ASK_EVERY_MS = 250;

/**
 * Waits until no other process migrates this database; the lock ends with the session. Each attempt
 * is a statement of its own. A session that waits inside `pg_advisory_lock` holds a snapshot, and
 * `create index concurrently` of the process that migrates would wait for that snapshot, for ever.
 * @throws MigrationError
 */
export async function takeMigrationLock(session: Client): Promise<void> {
  for (const end = performance.now() + WAIT_MS; performance.now() < end;) {
    const { rows } = await session.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [MIGRATION_LOCK],
    );
    if (rows[0]?.taken === true) return;
    await sleep(ASK_EVERY_MS);
  }
  throw new MigrationError(
    `Another process has been migrating the database for ${WAIT_MS / 60_000} minutes: pg_locks shows which session has the advisory lock`,
  );
}

/** A migration cannot run now; the message says why and what to do. */
export class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MigrationError';
  }
}
