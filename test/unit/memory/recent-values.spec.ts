import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RecentValues } from '../../../src/memory/recent-values';
import { stopClock } from '../../support/app/clock';

describe('values of those who came lately', () => {
  let values: RecentValues<number>;

  beforeEach(() => {
    stopClock();
    values = new RecentValues({ keepMs: 1_000, most: 3 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are those that were set last', () => {
    values.set('ada', 1);
    values.set('ada', 2);

    expect(values.get('ada')).toBe(2);
    expect(values.get('grace')).toBeUndefined();
    expect(values.size).toBe(1);
  });

  it('are created if there are none', () => {
    expect(values.obtain('ada', () => 1)).toBe(1);
    expect(values.obtain('ada', () => 2)).toBe(1);
    jest.advanceTimersByTime(1_000);
    values.set('grace', 3);
    expect(values.obtain('ada', () => 4)).toBe(1);
    jest.advanceTimersByTime(1_000);
    values.set('mary', 5);
    expect(values.obtain('ada', () => 6)).toBe(1);
  });

  it('are kept for their time, and as long as they are set again', () => {
    values.set('ada', 0);
    values.set('grace', 0);
    for (let n = 1; n <= 3; n += 1) {
      jest.advanceTimersByTime(1_000);
      values.set(`somebody new ${n}`, n);
      expect(values.get('ada')).toBe(n - 1);
      values.set('ada', n);
    }

    expect(values.get('grace')).toBeUndefined();
  });

  it('are bounded in number: those set longest ago are forgotten', () => {
    for (let n = 0; n < 100; n += 1) values.set(String(n), n);

    expect(values.size).toBeLessThanOrEqual(6);
    expect(values.get('99')).toBe(99);
    expect(values.get('90')).toBeUndefined();
  });
});
