import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WakeWindow } from '../../../../src/database/pool/wake-window';

describe('The wait for a database that cannot be reached', () => {
  let window: WakeWindow;

  beforeEach(() => {
    jest.useFakeTimers();
    window = new WakeWindow(5_000);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends for all of the first requests when it would have had the time to wake', () => {
    expect(window.waitMs(1_000)).toBe(5_000);
    jest.advanceTimersByTime(3_000);
    expect(window.waitMs(1_000)).toBe(2_000);
  });

  it('is short while it stays away', () => {
    for (let second = 0; second < 20; second += 1) {
      window.waitMs(1_000);
      jest.advanceTimersByTime(1_000);
    }
    expect(window.waitMs(1_000)).toBe(1_000);
  });

  it('is long again once it has answered, or nobody has asked for a while', () => {
    window.waitMs(1_000);
    jest.advanceTimersByTime(4_000);
    window.end();
    expect(window.waitMs(1_000)).toBe(5_000);

    jest.advanceTimersByTime(5_001);
    expect(window.waitMs(1_000)).toBe(5_000);
  });

  it('is no longer than elsewhere where it is set to none', () => {
    expect(new WakeWindow(0).waitMs(1_000)).toBe(1_000);
  });
});
