import { SeedRandom } from '../src/cli/seed/seed-random';

/** Random numbers that can be had again: the same seed gives every contestant the same requests. */
export class Random {
  readonly #numbers: SeedRandom;

  constructor(seed: number) {
    this.#numbers = new SeedRandom(seed, 0);
  }

  /** From 0 up to but not including 1. */
  next(): number {
    return this.#numbers.fraction();
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.flatMap(() => left.splice(this.integer(0, left.length - 1), 1));
  }
}

/** How often a user comes up. */
export type Distribution = 'uniform' | 'zipf';

/** Draws numbers from 1 to `count`; under Zipf's law the nth is drawn 1/n times as often as the first. */
export function numberSource(
  distribution: Distribution,
  count: number,
  random: Random,
): () => number {
  if (distribution === 'uniform') return () => random.integer(1, count);
  const cumulative: number[] = [];
  let sum = 0;
  for (let n = 1; n <= count; n += 1) cumulative.push((sum += 1 / n));
  return () => firstAtLeast(cumulative, random.next() * sum) + 1;
}

/** Index of the first of the ascending values that is not below `wanted`. */
function firstAtLeast(values: readonly number[], wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Infinity) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
