import type { Row, StatementValue } from '../../database/compiled-statement';
import { RecentValues } from '../../memory/recent-values';

/** With the longest texts these are 32 MB, which Node holds until the last has come. */
const TASKS_OF_A_BATCH = 800;
/** What a batch of a lane should hold at most, so that nobody waits long behind it. */
const CHARACTERS_OF_A_BATCH = 256 * 1024;
/** Fraction of a batch: a heavier page does not share a lane with small reads. */
const MOST_ON_LANE = 1 / 2;
const HEAVY_TASK = CHARACTERS_OF_A_BATCH / 64;
const REMEMBERED = { keepMs: 10 * 60_000, most: 20_000 };
/** Of a heavy page, a light one behind it takes little away: users may have tasks of both kinds. */
const DECAY = 0.95;

/** The fraction of a batch that a page may take by its length. The last value is a limit: one more than the page has. */
export function costOfPage(values: readonly StatementValue[]): number {
  return (Number(values.at(-1)) - 1) / TASKS_OF_A_BATCH;
}

/**
 * The cost of pages, estimated from the last ones of the same user. PostgreSQL could know beforehand, but
 * that would cost each list of everybody (docs/decisions/0021-fair-shares.md).
 */
export class PageWeights {
  /** In characters for each task. */
  readonly #weights = new RecentValues<number>(REMEMBERED);
  readonly #firstPages = new Map<string, Promise<void>>();

  /** The fraction of a batch that so many tasks may take; undefined where nothing is known of the user. */
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
   * Of a page that took too long for a lane: the next one is taken for heavy. A few light pages show
   * that it was the database that was slow.
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
export function charactersOf(rows: readonly Row[]): number {
  let characters = 0;
  for (const row of rows) for (const text of row) characters += text?.length ?? 0;
  return characters;
}

/** Of a page that is so long nobody should have to wait behind it. */
export function isHeavy(cost: number | undefined): boolean {
  return cost !== undefined && cost > MOST_ON_LANE;
}
