import { describe, expect, it } from '@jest/globals';
import { firstIdOf, lastIdOf } from '../../../../src/tasks/task-id';
import { timeRanges } from '../../../../src/tasks/search/search-filters';

const MS = Date.UTC(2026, 2, 4, 5, 6, 7, 123);
/** The leap second before it has no time of its own. */
const LEAP = Date.UTC(2017, 0, 1);
const at = (ms: number): string => new Date(ms).toISOString();

describe('time filters', () => {
  it('bound nothing if there are none', () => {
    expect(timeRanges({})).toEqual({});
  });

  it.each([
    ['2026-03-04T05:06:07.123Z', MS, MS],
    ['2026-03-04T05:06:07.1230Z', MS, MS],
    ['2026-03-04T05:06:07.123000001Z', MS, MS + 1],
    ['2026-03-04T05:06:07.123999999Z', MS, MS + 1],
    ['2026-03-04T05:06:07.1239999999999999999999Z', MS, MS + 1],
    ['2026-03-04T05:06:07.1230000000000000000001Z', MS, MS + 1],
    ['2026-03-04t05:06:07.123z', MS, MS],
    ['2016-12-31T23:59:60Z', LEAP, LEAP],
    ['2017-01-01T05:29:60.5+05:30', LEAP + 500, LEAP + 500],
    ['2026-03-04T05:06:07Z', MS - 123, MS - 123],
    ['2026-03-04T07:06:07.123+02:00', MS, MS],
    ['2026-03-04T01:36:07.1234-03:30', MS, MS + 1],
    ['1970-01-01T00:00:00Z', 0, 0],
    ['1969-12-31T23:59:59.9Z', 0, 0],
    ['0000-01-01T00:00:00+14:00', 0, 0],
    ['9999-12-31T23:59:59.9999Z', 253402300799999, 253402300799999],
    ['9999-12-31T23:59:59-23:59', 253402300799999, 253402300799999],
  ])('round away from what is stored: later than %s is later than %d', (time, floor, ceil) => {
    const every = {
      created_after: time,
      created_before: time,
      updated_after: time,
      updated_before: time,
    };

    expect(timeRanges(every)).toEqual({
      aboveId: lastIdOf(floor),
      belowId: firstIdOf(ceil),
      updatedAfter: at(floor),
      updatedBefore: at(ceil),
    });
  });

  it('keep every millisecond', () => {
    for (let ms = 0; ms < 1_000; ms += 1) {
      const time = at(MS - 123 + ms);
      expect(timeRanges({ updated_after: time, updated_before: time })).toMatchObject({
        updatedAfter: time,
        updatedBefore: time,
      });
    }
  });
});
