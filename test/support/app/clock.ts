import { jest } from '@jest/globals';

/**
 * Stops the clocks that tell the time, `Date` and `performance`, and leaves every timer running:
 * sockets and time-outs work as ever. `jest.advanceTimersByTime` moves both, `jest.setSystemTime`
 * only the system clock. `jest.useRealTimers` ends it.
 */
export function stopClock(now = new Date('2026-11-22T12:00:00Z')): void {
  jest.useFakeTimers({
    now,
    doNotFake: [
      'hrtime',
      'nextTick',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}
