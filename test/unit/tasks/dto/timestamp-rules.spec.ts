import { describe, expect, it } from '@jest/globals';
import { timestampFault } from '../../../../src/tasks/dto/time-rules';

const TIMESTAMP =
  'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';

describe('a time', () => {
  it.each([
    '2026-11-22T09:30:00Z',
    '2026-11-22T09:30:00.125Z',
    '2026-11-22T09:30:00.123456789+05:30',
    '2026-11-22T09:30:00-00:00',
    '2026-11-22T09:30:00.1234567890123456789Z',
    '2026-11-22t09:30:00z',
    '2016-12-31T23:59:60Z',
    '2017-01-01T05:29:60.5+05:30',
    '2016-12-31t16:59:60-07:00',
    '2024-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999-23:59',
  ])('may be %s', (time) => {
    expect(timestampFault(time)).toBeUndefined();
  });

  it.each([
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+0200',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00.Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T23:59:61Z',
    '2026-01-01T23:60:60Z',
    '+12026-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '2026-01-01',
    'infinity',
    '',
    0,
    null,
  ])('must not be %j', (time) => {
    expect(timestampFault(time)).toBe(TIMESTAMP);
  });

  it.each(['2026-02-29T00:00:00Z', '2024-02-30T00:00:00Z', '2026-04-31T00:00:00Z'])(
    'must not be on a day that is not: %s',
    (time) => {
      expect(timestampFault(time)).toBe('must be on a day that exists');
    },
  );

  it.each(['2026-01-01T23:58:60Z', '2026-01-01T00:00:60Z', '2016-12-31T23:59:60+01:00'])(
    'must not have a leap second where UTC has none: %s',
    (time) => {
      expect(timestampFault(time)).toBe(
        'must have the second 60 only where UTC may have it, at 23:59:60',
      );
    },
  );
});
