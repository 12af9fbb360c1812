import { setTimeout as sleep } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import type { QueryRunner } from 'typeorm';
import { requireNoTransaction } from './concurrent-index';
import { type Patience, untilUnlocked } from './lock-patience';

export interface RowBatches {
  /** Each of its rows comes once. */
  readonly table: string;
  /**
   * What to do with a batch: any statement that writes and reads `batch`, which has the columns of
   * the primary key. It may run again on the same rows.
   */
  readonly statement: string;
  readonly rows?: number;
}

/** Few enough to hold the locks of their rows for milliseconds. */
const ROWS = 500;
/** A row is locked by a request, or by a transaction of the command line. */
const ROW_PATIENCE: Patience = { pauseMs: 100, totalMs: 2 * 60_000 };
const LONGEST_PAUSE_MS = 1_000;

/**
 * Nobody writes a task without a number, and this one is below every version. A feed does not
 * report the writes of a migration.
 */
const NO_CHANGE = `app.change = '1'`;

/** Opens the rows to the owner alone; no session that serves requests is one. */
const OWNER_POLICY = 'migrating_owner';

interface KeyColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * Rewrites the rows of a table in short transactions, in a migration with `transaction = false`.
 * Users continue to read and write; half of the time is theirs. It may miss rows that servers of
 * the earlier version write meanwhile: the column needs a default, or a reader that accepts its
 * absence.
 */
export async function inRowBatches(runner: QueryRunner, batches: RowBatches): Promise<void> {
  requireNoTransaction(runner);
  const key = await keyOf(runner, batches.table);
  await asOwnerOfRows(runner, async () => {
    let after: readonly string[] | undefined;
    do {
      const began = performance.now();
      const from = after;
      after = await patiently(runner, () => nextBatch(runner, batches, key, from));
      await sleep(Math.min(performance.now() - began, LONGEST_PAUSE_MS));
    } while (after !== undefined);
  });
}

/** @returns the key of its last row; undefined where there was none */
async function nextBatch(
  runner: QueryRunner,
  { table, statement, rows = ROWS }: RowBatches,
  key: readonly KeyColumn[],
  after: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  const columns = key.map(({ name }) => escapeIdentifier(name));
  const bounds = key.map(({ type }, n) => `$${n + 1}::${type}`);
  const beyond = after === undefined ? '' : `where (${columns.join()}) > (${bounds.join()})`;
  const found = (await runner.query(
    `with batch as materialized (
       select ${columns.join()}
       from ${escapeIdentifier(table)}
       ${beyond}
       order by ${columns.join()}
       limit ${rows}
     ), change as (
       ${statement}
     )
     select array[${columns.map((column) => `${column}::text`).join()}] as key
     from batch
     order by ${columns.map((column) => `${column} desc`).join()}
     limit 1`,
    after === undefined ? [] : [...after],
  )) as { key: string[] }[];
  return found[0]?.key;
}

async function keyOf(runner: QueryRunner, table: string): Promise<readonly KeyColumn[]> {
  return (await runner.query(
    `select attname as name, format_type(atttypid, null) as type
     from pg_index, unnest(indkey) with ordinality as k (attnum, place)
       join pg_attribute using (attnum)
     where indrelid = $1::regclass and indisprimary and attrelid = indrelid
     order by place`,
    [escapeIdentifier(table)],
  )) as KeyColumn[];
}

/**
 * Row-level security is forced upon the owner too, and no policy shows the owner any row. Meanwhile
 * one does, on every table, since a statement may also write to other tables. Each needs the lock
 * of its table for a moment, at the beginning and at the end.
 */
async function asOwnerOfRows(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const tables = await confinedTables(runner);
  if (tables.length === 0) return work();
  await closeRows(runner);
  try {
    for (const table of tables) {
      const policy = `create policy ${OWNER_POLICY} on ${escapeIdentifier(table)}`;
      await patiently(runner, () =>
        runner.query(`${policy} to current_user using (true) with check (true)`),
      );
    }
    await runner.query(`set row_security = on; set ${NO_CHANGE}`);
    await work();
  } finally {
    await runner.query('set row_security = off; reset app.change');
    await closeRows(runner);
  }
}

/** Also after a migration that was killed: it is repeated. */
async function closeRows(runner: QueryRunner): Promise<void> {
  const open = (await runner.query(
    `select polrelid::regclass::text as name from pg_policy join pg_class on pg_class.oid = polrelid
     where polname = $1 and relnamespace = current_schema()::regnamespace`,
    [OWNER_POLICY],
  )) as { name: string }[];
  for (const { name } of open) {
    await patiently(runner, () => runner.query(`drop policy ${OWNER_POLICY} on ${name}`));
  }
}

/** In a transaction, which limits the wait for a lock also on the workers of Citus. */
async function patiently<Result>(
  runner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  return untilUnlocked(async () => {
    await runner.startTransaction();
    try {
      const result = await work();
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  }, ROW_PATIENCE);
}

async function confinedTables(runner: QueryRunner): Promise<readonly string[]> {
  const tables = (await runner.query(
    `select relname as name from pg_class, pg_roles
     where relnamespace = current_schema()::regnamespace and relkind = 'r'
       and relrowsecurity and relforcerowsecurity
       and rolname = current_user and not rolsuper and not rolbypassrls
     order by relname`,
  )) as { name: string }[];
  return tables.map(({ name }) => name);
}
