import { describe, expect, it } from '@jest/globals';
import {
  completedFault,
  descriptionFault,
  isLonger,
  titleFault,
  trimmed,
} from '../../../../src/tasks/dto/task-rules';

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
