import { jest } from '@jest/globals';

const RUNNING = [
  'hrtime',
  'nextTick',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/**
 * Stops the clocks that tell the time, `Date` and `performance`, and leaves every timer running:
 * sockets and time-outs work as ever. `jest.advanceTimersByTime` moves both, `jest.setSystemTime`
 * only the system clock. `jest.useRealTimers` ends it.
 */
export function stopClock(now = new Date('2026-11-22T12:00:00Z')): void {
  jest.useFakeTimers({ now, doNotFake: [...RUNNING] });
}

/** The same clocks skip so many milliseconds, and go on from there. */
export function skipTime(milliseconds: number): void {
  const now = performance.now();
  jest.useFakeTimers({ now: Date.now(), advanceTimers: true, doNotFake: [...RUNNING] });
  // The new clock of `performance` begins at zero; what is remembered must not lie in its future.
  jest.advanceTimersByTime(now + milliseconds);
}
