import { escapeIdentifier } from 'pg';
import type { QueryRunner } from 'typeorm';

export interface ConcurrentIndex {
  readonly name: string;
  /** What follows ON: the table, its columns and a condition. */
  readonly on: string;
  readonly unique?: boolean;
}

/**
 * Makes an index while others write to its table, in a migration with `transaction = false`.
 * PostgreSQL leaves an invalid index behind where that was interrupted, or failed: searches cannot
 * use it, and every write maintains it. A repeated migration removes it and starts again.
 */
export async function createIndexConcurrently(
  runner: QueryRunner,
  { name, on, unique = false }: ConcurrentIndex,
): Promise<void> {
  requireNoTransaction(runner);
  await waitingForOthers(runner, async () => {
    if (await isThere(runner, name, { valid: true })) return;
    if (await isThere(runner, name, { valid: false })) {
      await runner.query(`drop index concurrently ${escapeIdentifier(name)}`);
    }
    const kind = unique ? 'unique index' : 'index';
    await runner.query(`create ${kind} concurrently ${escapeIdentifier(name)} on ${on}`);
  });
}

/** Drops an index while others use its table, in a migration with `transaction = false`. */
export async function dropIndexConcurrently(runner: QueryRunner, name: string): Promise<void> {
  requireNoTransaction(runner);
  await waitingForOthers(runner, async () => {
    await runner.query(`drop index concurrently if exists ${escapeIdentifier(name)}`);
  });
}

/** Outside a transaction a failed migration is not rolled back, so it must be repeatable. */
export function requireNoTransaction(runner: QueryRunner): void {
  if (!runner.isTransactionActive) return;
  throw new Error('This migration has to leave the transaction: readonly transaction = false');
}

/**
 * Building an index waits for every older transaction, and takes no lock that blocks others. Giving
 * up early would only leave an invalid index.
 */
async function waitingForOthers(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const rows = (await runner.query('show lock_timeout')) as { lock_timeout: string }[];
  await runner.query('set lock_timeout = 0');
  try {
    await work();
  } finally {
    await runner.query(`set lock_timeout = '${rows[0]?.lock_timeout ?? '0'}'`);
  }
}

async function isThere(
  runner: QueryRunner,
  name: string,
  { valid }: { readonly valid: boolean },
): Promise<boolean> {
  const rows = (await runner.query(
    `select from pg_index
     where indexrelid = to_regclass($1) and (indisvalid and indisready) = $2`,
    [escapeIdentifier(name), valid],
  )) as unknown[];
  return rows.length > 0;
}
