import type { Latency } from './load/load-result';
import { Random } from './random';

const RESAMPLES = 10_000;

/** A figure and its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** @param ascending sorted values, at least one */
function percentile(ascending: readonly number[], share: number): number {
  const index = Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1);
  return ascending[Math.max(0, index)] ?? Number.NaN;
}

/** @param unsorted milliseconds, in any order; sorted in place */
export function latencyOf(unsorted: number[]): Latency {
  unsorted.sort((a, b) => a - b);
  return {
    p50: percentile(unsorted, 0.5),
    p90: percentile(unsorted, 0.9),
    p99: percentile(unsorted, 0.99),
  };
}

export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const middle = ascending.length / 2;
  if (!Number.isInteger(middle)) return ascending[Math.floor(middle)] ?? Number.NaN;
  return ((ascending[middle - 1] ?? Number.NaN) + (ascending[middle] ?? Number.NaN)) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The median of one figure per round, with the interval that resampling the rounds gives. */
export function bootstrapMedian(perRound: readonly number[]): Estimate {
  const random = new Random(1);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(perRound.map(() => perRound[random.integer(0, perRound.length - 1)] ?? Number.NaN)),
  ).sort((a, b) => a - b);
  return {
    value: median(perRound),
    low: percentile(medians, 0.025),
    high: percentile(medians, 0.975),
  };
}
