import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../database-errors';

/** Lock not available, and deadlock detected: nothing has been done, and it may work a moment later. */
const LOCK_FAILURES: readonly string[] = ['55P03', '40P01'];

export interface Patience {
  /** Long enough that the requests which queued behind the lock are answered. */
  readonly pauseMs: number;
  readonly totalMs: number;
}

/** Whether a statement gave up because others hold a lock that it needs. */
export function isLockFailure(error: unknown): boolean {
  return LOCK_FAILURES.includes(sqlState(error) ?? '');
}

/** Repeats work that could not get a lock; any other failure, and that of the last attempt, is thrown. */
export async function untilUnlocked<Result>(
  work: () => Promise<Result>,
  { pauseMs, totalMs }: Patience,
): Promise<Result> {
  const end = performance.now() + totalMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLockFailure(error) || performance.now() + pauseMs >= end) throw error;
      await sleep(pauseMs);
    }
  }
}
