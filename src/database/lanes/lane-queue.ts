import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import type { ScopedStatement } from './pipeline-batch';
import type { DatabaseWaits } from '../waits';

/** Of a batch: up to 64 statements go together. */
const LEAST_SHARE = 1 / 64;
/** Of a batch, for one user: nobody's crowd of requests keeps others out. */
const USER_SHARE = 1 / 2;

export interface Asked extends ScopedStatement {
  /** What it takes of a batch. */
  readonly share: number;
}

/** A statement, and the request that waits for it. */
export interface Waiting extends Asked {
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

/** What waits for a lane to be free, and in which company each statement leaves. */
export class LaneQueue {
  #queued: Waiting[] = [];
  /** Innocent neighbours of a statement that failed: they are next, together. */
  #undone: Waiting[] = [];
  /** What may fail for the reason that a neighbour failed for: each goes by itself. */
  #suspects: Waiting[] = [];
  #isSuspectsTurn = false;
  /** Of what is queued, in batches. */
  #shares = 0;

  /** @param gathers whether statements leave together, or each by itself */
  constructor(
    private readonly gathers: boolean,
    private readonly waits: Pick<DatabaseWaits, 'forTurn' | 'forNextTurn'>,
  ) {}

  get nextBatchHasRoom(): boolean {
    return this.#shares < 1;
  }

  /** Statements of one user that wait for their first turn. */
  countOf(userId: string): number {
    return this.#queued.reduce((sum, { scope }) => sum + Number(scope.userId === userId), 0);
  }

  add(waiting: Waiting): void {
    this.#queued.push(waiting);
    this.#shares += waiting.share;
  }

  /**
   * Takes back the batch that one failure has undone, but for what failed. Statements of other users
   * go again at once. Those of the same user may fail like it, and those of a batch that failed as a
   * whole may all: they go one by one, and what others ask goes in between.
   */
  takeBack(batch: readonly Waiting[], failed: Waiting | undefined): void {
    for (const waiting of batch) {
      if (waiting === failed) continue;
      const isSuspect = failed === undefined || waiting.scope.userId === failed.scope.userId;
      (isSuspect ? this.#suspects : this.#undone).push(waiting);
    }
  }

  nextBatch(): readonly Waiting[] {
    if (this.#undone.length > 0) return this.#undone.splice(0);
    this.#isSuspectsTurn = !this.#isSuspectsTurn || this.#queued.length === 0;
    if (this.#isSuspectsTurn && this.#suspects.length > 0) return this.#suspects.splice(0, 1);
    const isAlone = !this.gathers || this.#queued.length < 2;
    const batch = isAlone ? this.#queued.splice(0, 1) : this.#takeShares().sort(byLockedRow);
    this.#shares -= sharesOf(batch);
    return batch;
  }

  /** Tells those that have waited for too long, and how many they were. */
  refuseLate(): number {
    const now = performance.now();
    const { forTurn, forNextTurn } = this.waits;
    const reason = new NotRunError({ isLate: true });
    const refused =
      refuse(this.#queued, ({ since }) => now - since > forTurn, reason) +
      refuse(this.#suspects, ({ since }) => now - since > forTurn, reason) +
      refuse(this.#undone, ({ since }) => now - since > forNextTurn, reason);
    this.#shares = sharesOf(this.#queued);
    return refused;
  }

  refuseAll(): number {
    const reason = new NotRunError({ isLate: false });
    return [this.#queued, this.#suspects, this.#undone].reduce(
      (sum, waiting) => sum + refuse(waiting, () => true, reason),
      0,
    );
  }

  /** As many as fit into one batch, in their order; those of a user with too many are passed over. */
  #takeShares(): Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    const sharesOfUsers = new Map<string, number>();
    let shares = 0;
    for (const waiting of this.#queued) {
      const { share } = waiting;
      const ofUser = (sharesOfUsers.get(waiting.scope.userId) ?? 0) + share;
      if (taken.length > 0 && (shares + share > 1 || ofUser > USER_SHARE)) {
        left.push(waiting);
        continue;
      }
      taken.push(waiting);
      shares += share;
      sharesOfUsers.set(waiting.scope.userId, ofUser);
    }
    this.#queued = left;
    return taken;
  }
}

export function ask(
  scope: UserScope,
  statement: CompiledStatement,
  values: readonly StatementValue[],
  leastShare = LEAST_SHARE,
): Asked {
  const share = Math.max(LEAST_SHARE, leastShare, statement.cost?.(values) ?? 0);
  return { scope, statement, values, share };
}

function sharesOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { share }) => sum + share, 0);
}

/** Takes them out, tells them, and says how many they were. */
function refuse(
  all: Waiting[],
  isRefused: (waiting: Waiting) => boolean,
  reason: NotRunError,
): number {
  const refused = all.filter(isRefused);
  if (refused.length === 0) return 0;
  all.splice(0, all.length, ...all.filter((waiting) => !isRefused(waiting)));
  for (const { reject } of refused) reject(reason);
  return refused.length;
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
