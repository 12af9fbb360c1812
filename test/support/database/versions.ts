import { expect } from '@jest/globals';

/** A number of a feed: the clock in microseconds since 1970, or one more than the last. */
export const VERSION = /^[1-9]\d{15}$/;

/** Each is a number of a feed, and greater than the one before. */
export function expectGrowing(versions: readonly (string | undefined)[]): void {
  expect(versions.filter((version) => !VERSION.test(version ?? ''))).toEqual([]);
  // They are equally long.
  expect(versions).toEqual([...new Set(versions)].sort());
}
