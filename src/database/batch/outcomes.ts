import {
  DatabaseRefusal,
  isRolledBack,
  isStaleSession,
  isWithoutServer,
  metErasure,
} from '../database-errors';
import { type Answer, NO_ANSWER } from './pipeline-batch';
import type { ScopedStatement } from './scope-statements';

/** What PostgreSQL said to a batch: the answer to each statement, or an error and where it occurred. */
export type BatchResult =
  | { readonly answers: readonly Answer[]; readonly error?: never }
  | { readonly error: Error; readonly failed: number };

/** The statement runs again, on the same lane. */
export type Rerun =
  /** Another user's statement failed: it runs in the next batch, together with its neighbours. */
  | { readonly kind: 'rolled-back' }
  /**
   * It may fail for the same reason as a neighbour, or it met the deletion of its account: it runs
   * in a separate batch.
   */
  | { readonly kind: 'retry-alone' };

/** The statement leaves its lane. */
export type Departure =
  | { readonly kind: 'committed'; readonly answer: Answer }
  /** The statement itself failed; PostgreSQL has rolled it back. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The session ended, perhaps after the commit: it must not run again. */
  | { readonly kind: 'unknown'; readonly error: Error }
  /** It was never sent, or the session did not begin it: it may run on another lane. */
  | { readonly kind: 'not-run' }
  /** It waited too long to be sent: its request is refused. */
  | { readonly kind: 'late' }
  /** A user with fewer statements took its place: its request is refused. */
  | { readonly kind: 'displaced' };

export type Outcome = Rerun | Departure;

const ROLLED_BACK: Outcome = { kind: 'rolled-back' };
const RETRY_ALONE: Outcome = { kind: 'retry-alone' };
export const NOT_RUN: Departure = { kind: 'not-run' };
export const LATE: Departure = { kind: 'late' };
export const DISPLACED: Departure = { kind: 'displaced' };

/**
 * Decides for each statement of a batch whether it may run again, and where. This is the one place
 * that does; lanes and queues carry it out.
 */
export function outcomesOf(
  batch: readonly ScopedStatement[],
  result: BatchResult,
): readonly Outcome[] {
  const { error } = result;
  if (error === undefined) {
    return batch.map((_, n) => ({
      kind: 'committed',
      answer: result.answers[n] ?? NO_ANSWER,
    }));
  }
  if (isStaleSession(error) || isWithoutServer(error)) return batch.map(() => NOT_RUN);
  const isOfCommit = result.failed >= batch.length;
  if (!isRolledBack(error, isOfCommit)) return batch.map(() => ({ kind: 'unknown', error }));
  const mayRunAgain = metErasure(error);
  if (batch.length === 1 && !mayRunAgain) return [{ kind: 'failed', error }];
  // The batch may also have failed as a whole, at its end: then each statement is tried alone.
  const failed = batch[result.failed];
  return batch.map((statement) => {
    if (statement === failed && !mayRunAgain) return { kind: 'failed', error };
    const mayFailToo = failed === undefined || statement.scope.userId === failed.scope.userId;
    return mayFailToo ? RETRY_ALONE : ROLLED_BACK;
  });
}

/**
 * The same for a statement on a connection of the pool: it may run again for this long.
 * @throws DatabaseRefusal `overloaded`, or the error of the last run
 */
export async function runUntilSettled<Result>(
  run: () => Promise<Result>,
  forMs: number,
): Promise<Result> {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!metErasure(error)) throw error;
      if (performance.now() > until) throw new DatabaseRefusal('overloaded', error);
    }
  }
}
