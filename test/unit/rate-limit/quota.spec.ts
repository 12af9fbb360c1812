import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Quota } from '../../../src/rate-limit/rate-limits';
import { stopClock } from '../../support/app/clock';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function takeAll(quota: Quota, caller: string): number {
  let admitted = 0;
  while (quota.take(caller).admitted) admitted += 1;
  return admitted;
}

beforeEach(() => stopClock());
afterEach(() => {
  jest.useRealTimers();
});

describe('a quota', () => {
  it('admits the whole quota at once, and reports the rest', () => {
    const quota = new Quota('user', 3);

    expect([1, 2, 3, 4].map(() => quota.take('ada'))).toEqual([
      { admitted: true, remaining: 2, resetSeconds: 20 },
      { admitted: true, remaining: 1, resetSeconds: 40 },
      // Nothing remains: what counts now is when the next request may come.
      { admitted: true, remaining: 0, resetSeconds: 20 },
      { admitted: false, remaining: 0, resetSeconds: 20 },
    ]);
    expect(quota.refusals).toBe(1);
  });

  it('comes back steadily, one request after the other', () => {
    const quota = new Quota('user', 60);
    takeAll(quota, 'ada');

    jest.advanceTimersByTime(999);
    expect(quota.take('ada')).toEqual({ admitted: false, remaining: 0, resetSeconds: 1 });
    jest.advanceTimersByTime(1);
    expect(quota.take('ada').admitted).toBe(true);
    expect(quota.take('ada').admitted).toBe(false);
    jest.advanceTimersByTime(10 * SECOND);
    expect(takeAll(quota, 'ada')).toBe(10);
  });

  it('admits the same as an untouched one after a minute, and never more', () => {
    const quota = new Quota('user', 60);
    takeAll(quota, 'ada');
    jest.advanceTimersByTime(60 * MINUTE);

    expect(takeAll(quota, 'ada')).toBe(60);
  });

  it('is that of one caller alone', () => {
    const quota = new Quota('user', 5);
    takeAll(quota, 'ada');

    expect(takeAll(quota, 'grace')).toBe(5);
  });

  it('does not follow the system clock, which may jump', () => {
    const quota = new Quota('user', 60);
    takeAll(quota, 'ada');

    jest.setSystemTime(Date.now() + 60 * MINUTE);
    expect(quota.take('ada').admitted).toBe(false);
    jest.setSystemTime(Date.now() - 120 * MINUTE);
    jest.advanceTimersByTime(SECOND);
    expect(quota.take('ada').admitted).toBe(true);
  });

  it('says before anything is taken whether there is something to take', () => {
    const quota = new Quota('address', 2);

    expect(quota.refusalOf('192.0.2.1')).toBeUndefined();
    expect(takeAll(quota, '192.0.2.1')).toBe(2);
    expect(quota.refusalOf('192.0.2.1')).toEqual({
      admitted: false,
      remaining: 0,
      resetSeconds: 30,
    });
    expect(quota.refusalOf('192.0.2.2')).toBeUndefined();
  });

  it('speaks the header fields of the IETF draft', () => {
    const quota = new Quota('user', 600);

    expect(quota.policy).toBe('"user";q=600;w=60');
    expect(quota.describe(quota.take('ada'))).toBe('"user";r=599;t=1');
  });

  it.each([1, 7, 600, 100_000_000])('never promises less than a second to wait, at %i', (limit) => {
    const { remaining, resetSeconds } = new Quota('user', limit).take('ada');

    expect(remaining).toBe(limit - 1);
    expect(resetSeconds).toBeGreaterThanOrEqual(1);
    expect(resetSeconds).toBeLessThanOrEqual(60);
  });
});

describe('the memory of a quota', () => {
  it('forgets a caller who has paused for two minutes, and whose quota is full again', () => {
    const quota = new Quota('user', 10);
    for (let caller = 0; caller < 1_000; caller += 1) quota.take(`caller ${caller}`);
    jest.advanceTimersByTime(MINUTE);
    quota.take('ada');
    jest.advanceTimersByTime(MINUTE);
    quota.take('grace');

    expect(quota.size).toBe(2);
  });

  it('keeps a caller who keeps asking, over all generations', () => {
    const quota = new Quota('user', 60);
    takeAll(quota, 'ada');

    for (let second = 1; second <= 300; second += 1) {
      jest.advanceTimersByTime(SECOND);
      quota.take(`somebody new ${second}`);
      expect(takeAll(quota, 'ada')).toBe(1);
    }
  });

  it('is bounded, however many callers there are', () => {
    const quota = new Quota('user', 10);
    for (let caller = 0; caller < 250_000; caller += 1) quota.take(`caller ${caller}`);

    expect(quota.size).toBeLessThanOrEqual(40_000);
  });
});
