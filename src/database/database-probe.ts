import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { DatabaseRefusal, sqlState } from './database-errors';
import type { DatabaseUse } from './database-use';
import { HISTORY_TABLE, KNOWN_MIGRATIONS } from './schema/migration-history';

const ASK_EVERY_MS = 1_000;
/** Probes give up soon after; a frozen server would make them wait much longer. */
const ANSWER_WITHIN_MS = 2_000;

/** A database that has more of them is newer, which does no harm. */
const COUNT_APPLIED = `select count(*)::int as applied from ${HISTORY_TABLE} where name = any($1)`;
/** No such table, and no right to read it: the first migration or the last has not run. */
const NOT_EVEN_COUNTED: readonly string[] = ['42P01', '42501'];

/**
 * Asks the database whether it answers and has every migration of this version. Without requests
 * the last good answer stays valid, so that an idle database may sleep.
 */
export class DatabaseProbe {
  #latest: Promise<DatabaseRefusal | undefined> = Promise.resolve(undefined);
  #askedAt = -Infinity;
  #asking = false;
  #isGood = false;

  constructor(
    private readonly source: DataSource,
    private readonly use: DatabaseUse,
  ) {}

  /** Why the database cannot serve; undefined if it can. It is asked at most once a second. */
  refusal(): Promise<DatabaseRefusal | undefined> {
    const now = performance.now();
    const isDue = !this.#isGood || this.use.isRecent(ASK_EVERY_MS);
    if (isDue && !this.#asking && now - this.#askedAt >= ASK_EVERY_MS) {
      this.#askedAt = now;
      this.use.forgetFailures();
      this.#asking = true;
      this.#latest = this.#ask().then((refusal) => {
        this.#asking = false;
        this.#isGood = refusal === undefined;
        return refusal;
      });
    }
    return this.#latest;
  }

  async #ask(): Promise<DatabaseRefusal | undefined> {
    const connection = this.source.createQueryRunner();
    try {
      const applied = await Promise.race([countApplied(connection), silence()]);
      await connection.release();
      return applied < KNOWN_MIGRATIONS.length ? new DatabaseRefusal('behind') : undefined;
    } catch (error) {
      void giveUp(connection);
      const behind = NOT_EVEN_COUNTED.includes(sqlState(error) ?? '');
      return new DatabaseRefusal(behind ? 'behind' : 'unavailable', error);
    }
  }
}

async function countApplied(connection: QueryRunner): Promise<number> {
  const rows = (await connection.query(COUNT_APPLIED, [KNOWN_MIGRATIONS])) as { applied: number }[];
  return rows[0]?.applied ?? 0;
}

/** Closes it: a session that did not answer once may never, and the next question must not wait for it. */
async function giveUp(connection: QueryRunner): Promise<void> {
  try {
    const client = (await connection.connect()) as Client;
    await client.end();
  } catch {
    // It never opened, or is gone already.
  } finally {
    await connection.release();
  }
}

async function silence(): Promise<never> {
  await sleep(ANSWER_WITHIN_MS, undefined, { ref: false });
  throw new Error('timeout expired');
}
