import { describe, expect, it } from '@jest/globals';
import { DUE_PATTERN, dueFault } from '../../../../src/tasks/dto/time-rules';

const PATTERN = new RegExp(DUE_PATTERN);
const YEARS = Array.from({ length: 10_000 }, (_, year) => String(year).padStart(4, '0'));
/** A day too many of each month of a year, and months too many. */
const DAYS = Array.from({ length: 15 * 33 }, (_, n) =>
  [Math.floor(n / 33), n % 33].map((part) => String(part).padStart(2, '0')).join('-'),
);
/** Of the Gregorian calendar, which JavaScript knows by itself. */
const exists = (date: string): boolean =>
  !date.startsWith('0000') &&
  !Number.isNaN(Date.parse(date)) &&
  new Date(date).toISOString().startsWith(date);

describe('the pattern of due', () => {
  it('has 29 February in leap years alone', () => {
    const dates = YEARS.map((year) => `${year}-02-29`);

    expect(dates.filter((date) => PATTERN.test(date))).toEqual(dates.filter(exists));
  });

  it.each(['0001', '1900', '2000', '2023', '2024', '9999'])('has the days of %s', (year) => {
    const dates = DAYS.map((day) => `${year}-${day}`);

    expect(dates.filter((date) => PATTERN.test(date))).toEqual(dates.filter(exists));
  });

  it('has every minute of a day', () => {
    const times = Array.from({ length: 100 * 100 }, (_, n) =>
      [Math.floor(n / 100), n % 100].map((part) => String(part).padStart(2, '0')).join(':'),
    );
    const found = times.filter((time) => PATTERN.test(`2026-12-01T${time}`));

    expect(found).toEqual(times.filter((time) => exists(`2026-12-01T${time}:00.000Z`)));
    expect(found).toHaveLength(24 * 60);
  });
});

describe('a due that is refused', () => {
  it.each([
    ['0000-02-29', 'must have a year from 0001 to 9999'],
    ['0066-02-29', 'must be on a day that exists: its month has 28 days'],
    ['2100-02-29T09:00', 'must be on a day that exists: its month has 28 days'],
    ['2024-02-30', 'must be on a day that exists: its month has 29 days'],
    ['2026-11-31', 'must be on a day that exists: its month has 30 days'],
    ['2026-12-32', 'must be on a day that exists: its month has 31 days'],
    ['2026-12-00', 'must be on a day that exists: its month has 31 days'],
    ['2026-00-01', 'must have a month from 01 to 12'],
    ['2026-13-01', 'must have a month from 01 to 12'],
    ['2026-12-01T24:00', 'must have an hour from 00 to 23'],
    ['2026-12-01T23:60', 'must have a minute from 00 to 59'],
  ])('says why: %s', (due, fault) => {
    expect(dueFault(due)).toBe(fault);
  });
});
