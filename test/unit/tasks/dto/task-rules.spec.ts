import { describe, expect, it } from '@jest/globals';
import {
  completedFault,
  descriptionFault,
  isLonger,
  timestampFault,
  titleFault,
  trimmed,
} from '../../../../src/tasks/dto/task-rules';

const TIMESTAMP =
  'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';

describe('a title', () => {
  it.each(['a', 'x'.repeat(200), '😀'.repeat(200), 'مرحبا', 'a\u00adb'])('may be %j', (title) => {
    expect(titleFault(title)).toBeUndefined();
  });

  it.each([
    ['', 'must not be blank'],
    ['x'.repeat(201), 'must have at most 200 characters'],
    ['😀'.repeat(201), 'must have at most 200 characters'],
    ['x'.repeat(500), 'must have at most 200 characters'],
    ['a\nb', 'must not contain the character U+000A: it is one line'],
    ['\ud800', 'must be well-formed Unicode, without the lone surrogate U+D800'],
    [7, 'must be a string'],
    [null, 'must be a string'],
    [undefined, 'must be a string'],
    [{}, 'must be a string'],
  ])('must not be %j', (title, fault) => {
    expect(titleFault(title)).toBe(fault);
  });

  it.each([
    [' a ', 'a'],
    ['\u00a0\ufeff\u3000a\r\n', 'a'],
    ['a b', 'a b'],
    ['\u200ba', '\u200ba'],
    [7, 7],
    [null, null],
  ])('loses the white space around it: %j', (value, expected) => {
    expect(trimmed({ value })).toBe(expected);
  });
});

describe('a description', () => {
  it.each([null, '', ' ', 'a\r\n\tb', '\u202eabc\u202c', 'x'.repeat(10_000), '😀'.repeat(10_000)])(
    'may be %j',
    (description) => {
      expect(descriptionFault(description)).toBeUndefined();
    },
  );

  it.each([
    ['x'.repeat(10_001), 'must have at most 10000 characters'],
    ['a\0b', 'must not contain the character U+0000'],
    ['a\u001bb', 'must not contain the character U+001B'],
    ['\udc00', 'must be well-formed Unicode, without the lone surrogate U+DC00'],
    [undefined, 'must be a string or null'],
    [false, 'must be a string or null'],
  ])('must not be %j', (description, fault) => {
    expect(descriptionFault(description)).toBe(fault);
  });
});

describe('completed', () => {
  it.each([true, false])('may be %j', (completed) => {
    expect(completedFault(completed)).toBeUndefined();
  });

  it.each(['true', 1, 0, null, undefined, []])('must not be %j', (completed) => {
    expect(completedFault(completed)).toBe('must be true or false');
  });
});

describe('a time', () => {
  it.each([
    '2026-11-22T09:30:00Z',
    '2026-11-22T09:30:00.125Z',
    '2026-11-22T09:30:00.123456789+05:30',
    '2026-11-22T09:30:00-00:00',
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
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+0200',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00z',
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
});

describe('length', () => {
  it.each([
    ['abc', 3, false],
    ['abc', 2, true],
    ['😀😀', 2, false],
    ['😀😀😀', 2, true],
    ['e\u0301', 1, true],
    ['', 0, false],
  ])('of %j counts code points: more than %d is %s', (text, limit, longer) => {
    expect(isLonger(text, limit)).toBe(longer);
  });
});
