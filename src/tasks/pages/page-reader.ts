import { Injectable } from '@nestjs/common';
import type { CompiledStatement, Row, StatementValue } from '../../database/compiled-statement';
import { isTimedOut } from '../../database/database-errors';
import { FairTurns } from '../../database/pool/fair-turns';
import type { KeyedWrite } from '../../database/keyed-write';
import { Lanes } from '../../database/lanes/lanes';
import { ScopedPool } from '../../database/pool/scoped-pool';
import { RecentValues } from '../../memory/recent-values';
import type { UserScope } from '../../user-scope/user-scope';

/** The most characters that a batch of a lane should hold, so that nobody waits long behind it. */
const CHARACTERS_OF_A_BATCH = 256 * 1024;
/** Fraction of a batch: a heavier page does not share a lane with small reads. */
const MOST_ON_LANE = 1 / 2;
const HEAVY_TASK = CHARACTERS_OF_A_BATCH / 64;
const REMEMBERED = { keepMs: 10 * 60_000, most: 20_000 };
/** A light page lowers the estimate of a heavy one only a little: users may have tasks of both kinds. */
const DECAY = 0.95;

/**
 * The cost of pages, estimated from the last ones of the same user. PostgreSQL could know beforehand, but
 * that would cost each list of everybody (docs/decisions/0021-fair-shares.md).
 */
export class PageWeights {
  /** In characters for each task. */
  readonly #weights = new RecentValues<number>(REMEMBERED);
  readonly #firstPages = new Map<string, Promise<void>>();

  /**
   * The fraction of a batch that this many tasks may take; undefined if nothing is known about the
   * user.
   */
  costOf(userId: string, tasks: number): number | undefined {
    const weight = this.#weights.get(userId);
    return weight === undefined ? undefined : (weight * tasks) / CHARACTERS_OF_A_BATCH;
  }

  learn(userId: string, characters: number, tasks: number): void {
    if (tasks === 0) return;
    const known = this.#weights.get(userId) ?? 0;
    this.#weights.set(userId, Math.max(characters / tasks, known * DECAY));
  }

  /**
   * After a page that took too long for a lane: the next one counts as heavy. A few light pages
   * correct this, if the database was slow.
   */
  learnSlow(userId: string, tasks: number): void {
    this.#weights.set(userId, (CHARACTERS_OF_A_BATCH * MOST_ON_LANE * 1.5) / tasks);
  }

  /** Single tasks count only if they are large. */
  learnTask(userId: string, characters: number): void {
    if (characters > HEAVY_TASK) this.learn(userId, characters, 1);
  }

  /** Settles when the first page of a user has arrived, if it is on its way: it gives the estimate. */
  firstPageOf(userId: string): Promise<void> | undefined {
    return this.#firstPages.get(userId);
  }

  noteFirstPage(userId: string, page: Promise<unknown>): void {
    const end = (): void => {
      this.#firstPages.delete(userId);
    };
    this.#firstPages.set(userId, page.then(end, end));
  }
}

/** As PostgreSQL sends them. */
function charactersOf(rows: readonly Row[]): number {
  let characters = 0;
  for (const row of rows) for (const text of row) characters += text?.length ?? 0;
  return characters;
}

/** The cost of a page that nobody should have to wait behind. */
export function isHeavy(cost: number | undefined): boolean {
  return cost !== undefined && cost > MOST_ON_LANE;
}

/** Enough for 100,000 tasks of the usual length. */
export const SEARCH_TIMEOUT_MS = 2_000;

/** For statements that may take long: aborted when nobody waits for them any more. */
export type HangUp = () => AbortSignal;

/** A statement whose rows begin with the columns of a task; all of them are null where there is none. */
interface PageStatement {
  readonly text: string;
  readonly values: readonly StatementValue[];
}

interface Reading {
  /** The most tasks of the page; there may be one row more. */
  readonly limit: number;
  readonly hangUp: HangUp | undefined;
}

/**
 * Runs reads and writes of tasks on a lane or the pool, by their weight: nothing small waits behind
 * a heavy page. All pages of a user share the estimate.
 */
@Injectable()
export class PageReader {
  readonly #weights = new PageWeights();
  /** A heavy page also keeps Node busy for long, which does nothing else meanwhile. */
  readonly #heavyPages: FairTurns;

  constructor(
    private readonly lanes: Lanes,
    private readonly pool: ScopedPool,
  ) {
    const waitMs = pool.waits.forPool;
    this.#heavyPages = new FairTurns({ places: 2, reserved: 0, ofUser: 1, waitMs });
  }

  /** Makes statements known to the lanes, before these open. */
  register<Statements extends Readonly<Record<string, CompiledStatement>>>(
    statements: Statements,
  ): Statements {
    return this.lanes.register(statements);
  }

  /** By a lane: the row of a single task, if there is one. */
  async one(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    keyed?: KeyedWrite,
  ): Promise<Row | undefined> {
    const { userId } = scope;
    const minCost = this.#weights.costOf(userId, 1);
    const rows = await this.lanes.run(scope, statement, values, { minCost, keyed });
    this.#weights.learnTask(userId, charactersOf(rows));
    return rows[0];
  }

  /** By a lane, unless it may be heavy. */
  async readByKey(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    reading: Reading,
  ): Promise<readonly Row[]> {
    const { userId } = scope;
    const firstPage = this.#weights.firstPageOf(userId);
    if (firstPage !== undefined) await firstPage;
    const cost = this.#weights.costOf(userId, reading.limit);
    if (isHeavy(cost)) return this.search(scope, { text: statement.text, values }, reading);
    const rows = this.lanes
      .run(scope, statement, values, { minCost: cost })
      .catch((error: unknown) => {
        if (isTimedOut(error)) this.#weights.learnSlow(userId, reading.limit);
        throw error;
      });
    const page = rows.then((answer) => this.#learn(scope, answer));
    if (cost === undefined) this.#weights.noteFirstPage(userId, page);
    return page;
  }

  /** By the pool: statements that cost O(tasks of the user). */
  async search(
    scope: UserScope,
    { text, values }: PageStatement,
    reading: Reading,
  ): Promise<readonly Row[]> {
    const { userId } = scope;
    const { limit, hangUp } = reading;
    const run = (): Promise<readonly Row[]> =>
      this.pool.run(scope, text, values, { timeoutMs: SEARCH_TIMEOUT_MS, signal: hangUp });
    if (!isHeavy(this.#weights.costOf(userId, limit))) {
      return this.#learn(scope, await run());
    }
    const wish = { userId, isUrgent: false, signal: hangUp?.() };
    const endTurn = await this.#heavyPages.take(wish);
    return this.#learn(scope, await run().finally(endTurn));
  }

  #learn({ userId }: UserScope, rows: readonly Row[]): readonly Row[] {
    const tasks = rows.filter(([id]) => id !== null);
    this.#weights.learn(userId, charactersOf(tasks), tasks.length);
    return rows;
  }
}
