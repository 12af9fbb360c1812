import { describe, expect, it } from '@jest/globals';
import {
  duration,
  grouped,
  nonEmpty,
  oneOf,
  utcDate,
  wholeNumber,
} from '../../../src/cli/option-values';

describe('a whole number', () => {
  const read = wholeNumber(1, 1_000_000);

  it.each([
    ['1', 1],
    ['007', 7],
    ['1000000', 1_000_000],
    ['1_000_000', 1_000_000],
    ['10,000', 10_000],
  ])('reads %s', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each(['', '0', '-5', '1000001', '1.5', '1e3', '0x10', ' 1', 'ten', '1_00', '١', '1,000_000,'])(
    'refuses "%s" and says what it accepts',
    (text) => {
      expect(() => read(text)).toThrow(
        new RangeError('must be a whole number from 1 to 1,000,000'),
      );
    },
  );
});

describe('a time span', () => {
  const read = duration(7 * 86_400);

  it.each([
    ['1s', 1],
    ['90s', 90],
    ['15m', 900],
    ['24h', 86_400],
    ['7d', 604_800],
  ])('reads %s as %i seconds', (text, seconds) => {
    expect(read(text)).toBe(seconds);
  });

  it.each(['', '0s', '24', 'h', '-1h', '1.5h', '8d', '1w', '1 h', '9999999999s'])(
    'refuses "%s" and says what it accepts',
    (text) => {
      expect(() => read(text)).toThrow(
        new RangeError('must be a time span such as 90s, 15m, 24h or 7d, at most 7d'),
      );
    },
  );
});

describe('a date', () => {
  it('is the beginning of the day in UTC', () => {
    expect(utcDate('2028-02-29').toISOString()).toBe('2028-02-29T00:00:00.000Z');
  });

  it.each(['', '2026-02-30', '2027-02-29', '2026-13-01', '1999-12-31', '2026-1-1', '01.11.2026'])(
    'refuses "%s" and says what it accepts',
    (text) => {
      expect(() => utcDate(text)).toThrow(
        new RangeError('must be a date such as 2026-11-01, from the year 2000 on'),
      );
    },
  );
});

describe('other values', () => {
  it('are one of a list', () => {
    expect(oneOf('json', 'yaml')('yaml')).toBe('yaml');
    expect(() => oneOf('json', 'yaml')('JSON')).toThrow(
      new RangeError('must be one of json, yaml'),
    );
  });

  it('are not empty where that would mean nothing', () => {
    expect(nonEmpty('x')).toBe('x');
    expect(() => nonEmpty('')).toThrow(new RangeError('must not be empty'));
  });
});

describe('a large number', () => {
  it('is shown in groups of three digits', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  });
});
