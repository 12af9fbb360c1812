import { describe, expect, it } from '@jest/globals';
import { bootstrapMedian, geometricMean, latencyOf, median } from '../../../bench/statistics';

describe('the statistics of the benchmark', () => {
  it('takes the middle value, or the mean of the two middle ones', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
  });

  it('takes the nearest rank as a percentile', () => {
    const latencies = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(latencyOf(latencies)).toEqual({ p50: 100, p90: 180, p99: 198 });
  });

  it('averages ratios so that twice and half cancel out', () => {
    expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  });

  it('gives an interval around the median that holds nothing but what was measured', () => {
    const { value, low, high } = bootstrapMedian([1.1, 1.2, 1.3, 1.4, 5]);
    expect(value).toBe(1.3);
    expect(low).toBeGreaterThanOrEqual(1.1);
    expect(low).toBeLessThan(1.3);
    expect(high).toBeGreaterThan(1.3);
    expect(high).toBeLessThanOrEqual(5);
  });

  it('gives no wider interval than a single round allows', () => {
    expect(bootstrapMedian([1.5])).toEqual({ value: 1.5, low: 1.5, high: 1.5 });
  });
});
