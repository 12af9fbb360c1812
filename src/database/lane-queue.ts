import type { Row } from './compiled-statement';
import type { ScopedStatement } from './scoped-batch';

/** How long a statement waits for its turn. It has not been sent, so nothing has happened. */
const TURN_WAIT_MS = 800;

/** A statement, and the request that waits for it. */
export interface Waiting extends ScopedStatement {
  /** On the clock of `performance`, in milliseconds. */
  readonly since: number;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: Error) => void;
}

/** The statement was never sent, or was undone: running it elsewhere does not run it twice. */
export class NotRunError extends Error {
  /** Whether it has waited for so long that it should not be run at all. */
  readonly isLate: boolean;

  constructor({ isLate }: { readonly isLate: boolean }) {
    super('The statement was not run');
    this.isLate = isLate;
  }
}

/** What waits for a lane to be free. */
export class LaneQueue {
  #queued: Waiting[] = [];
  /** Neighbours of a statement that failed; each goes again, in a batch of its own. */
  #undone: Waiting[] = [];

  add(waiting: Waiting): void {
    this.#queued.push(waiting);
  }

  /** Statements that a failure of another one has undone go first, and alone. */
  addUndone(undone: readonly Waiting[]): void {
    this.#undone.push(...undone);
  }

  /** @param most statements in the batch */
  nextBatch(most: number): readonly Waiting[] {
    const undone = this.#undone.shift();
    if (undone !== undefined) return [undone];
    const batch = this.#queued.splice(0, most);
    return batch.length > 1 ? batch.sort(byLockedRow) : batch;
  }

  /** Tells those that have waited for too long, and how many they were. */
  refuseLate(): number {
    const before = performance.now() - TURN_WAIT_MS;
    return this.#refuse(({ since }) => since < before, new NotRunError({ isLate: true }));
  }

  refuseAll(): number {
    return this.#refuse(() => true, new NotRunError({ isLate: false }));
  }

  #refuse(isRefused: (waiting: Waiting) => boolean, reason: NotRunError): number {
    const refused = [...this.#undone, ...this.#queued].filter(isRefused);
    if (refused.length === 0) return 0;
    this.#undone = this.#undone.filter((waiting) => !isRefused(waiting));
    this.#queued = this.#queued.filter((waiting) => !isRefused(waiting));
    for (const { reject } of refused) reject(reason);
    return refused.length;
  }
}

/**
 * All lock rows in one order, in this process and in others, so that no two batches ever wait for
 * each other. Statements on one row stay as they came.
 */
function byLockedRow(one: ScopedStatement, other: ScopedStatement): number {
  return (
    compare(one.scope.userId, other.scope.userId) ||
    compare(one.values[0] ?? '', other.values[0] ?? '')
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
