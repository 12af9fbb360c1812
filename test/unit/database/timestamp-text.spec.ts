import { describe, expect, it } from '@jest/globals';
import { rfc3339 } from '../../../src/database/compiled-statement';

describe('a time of an answer', () => {
  it.each([
    ['2026-11-28 04:38:30+00', '2026-11-28T04:38:30.000Z'],
    ['2026-11-28 04:38:30.1+00', '2026-11-28T04:38:30.100Z'],
    ['2026-11-28 04:38:30.01+00', '2026-11-28T04:38:30.010Z'],
    ['2026-11-28 04:38:30.123+00', '2026-11-28T04:38:30.123Z'],
    ['9999-12-31 23:59:59.999+00', '9999-12-31T23:59:59.999Z'],
  ])('that PostgreSQL writes as %s is %s', (text, time) => {
    expect(rfc3339(text)).toBe(time);
  });

  it.each([
    '2026-11-28 06:38:30.1+02',
    '2026-11-28 04:38:30.1-03:30',
    '28.11.2026 04:38:30.1 UTC',
    'Sat Nov 28 04:38:30.1 2026 UTC',
    '11/28/2026 04:38:30.1 UTC',
    'infinity',
    '',
  ])('is never made of what another session writes: %s', (text) => {
    expect(() => rfc3339(text)).toThrow('not ISO 8601 in UTC');
  });
});
