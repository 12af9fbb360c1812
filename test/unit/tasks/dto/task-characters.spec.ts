import { describe, expect, it } from '@jest/globals';
import { lineFault, textFault, titleTextFault } from '../../../../src/tasks/dto/task-characters';

describe('a title that shows nothing', () => {
  it.each([
    ['a zero width space', '\u200b'],
    ['the Hangul filler', '\u3164'],
    ['the half-width Hangul filler', '\uffa0'],
    ['a soft hyphen', '\u00ad'],
    ['the blank of Braille', '\u2800'],
    ['a byte order mark', '\ufeff'],
    ['marks of direction', '\u200e\u200f\u061c'],
    ['isolates around nothing', '\u2068 \u2069'],
    ['a joiner and a variation selector', '\u200d\ufe0f'],
    ['tag characters', '\u{e0074}\u{e007f}'],
    ['a variation selector of ideographs', '\u{e0100}'],
    ['an empty note head', '\u{1d159}'],
    ['a filler of Khitan script', '\u{16fe4}'],
    ['an annotation anchor', '\ufff9'],
    ['an accent without a letter', '\u0301'],
    ['an enclosing circle around nothing', '\u20dd'],
    ['a vowel mark of Arabic, which other scripts share', '\u064b'],
    ['an accent of Vedic texts', '\u0951'],
    ['a voicing mark of kana', '\u3099'],
    ['a tone mark of ideographs', '\u302a'],
    ['a titlo of Cyrillic', '\u0483'],
    ['accents and joiners, with spaces', ' \u0301\u200d\u0328 \ufe20'],
    ['several of them, with spaces', '\u200b \u00a0\u3164'],
  ])('is blank: %s', (_, title) => {
    expect(titleTextFault(title)).toBe('must not be blank: no character of it can be seen');
  });

  it.each([
    '👩\u200d👧',
    '👍🏽',
    '☺\ufe0f',
    'क\u094d\u200dष',
    '.',
    '·',
    'ㅤa',
    'e\u0301',
    '\u093f',
    '\u05b0',
    'ب\u064b',
    'か\u3099',
    '\u25cc\u0301',
    '1\ufe0f\u20e3',
    '🏴\u{e0067}\u{e007f}',
  ])('is not %j', (title) => {
    expect(titleTextFault(title)).toBeUndefined();
  });
});

describe('a title', () => {
  it.each([
    ['\u0007', 'U+0007'],
    ['\u001b', 'U+001B'],
    ['\u007f', 'U+007F'],
    ['\u0080', 'U+0080'],
    ['\u009b', 'U+009B'],
  ])('does not hold the control character %j', (character, name) => {
    expect(titleTextFault(`a${character}b`)).toBe(`must not contain the character ${name}`);
  });

  it.each([
    ['\n', 'U+000A'],
    ['\r', 'U+000D'],
    ['\u0085', 'U+0085'],
    ['\u2028', 'U+2028'],
    ['\u2029', 'U+2029'],
  ])('is one line, without %j', (character, name) => {
    expect(titleTextFault(`a${character}b`)).toBe(
      `must not contain the character ${name}: it is one line`,
    );
  });

  it.each([
    ['\u202b\u05d0\u202c', 'U+202B'],
    ['\u202aC:\\Users\\x', 'U+202A'],
    ['a\u202eb', 'U+202E'],
  ])('is told what to use instead of %j', (title, name) => {
    expect(titleTextFault(title)).toBe(
      `must not contain the character ${name}; use isolates (U+2066 to U+2069) instead`,
    );
  });

  it.each([
    '\u2068@dana\u2069 call',
    '\u2067\u05e9\u05dc\u05d5\u05dd\u2069',
    '\u2067\u05d0 \u2066abc\u2069 \u05d1\u2069',
    '\u2066a\u2069\u2067\u05d0\u2069',
    '\u200f\u05d0 (1)\u200e',
  ])('may set the direction of a part: %j', (title) => {
    expect(titleTextFault(title)).toBeUndefined();
  });

  it.each(['\u2067a', 'a\u2069', 'a\u2069b\u2066', '\u2066\u2067a\u2069', '\u2066a\u2069\u2069'])(
    'sets none of what follows it: %j',
    (title) => {
      expect(titleTextFault(title)).toBe('must close each isolate (U+2066 to U+2068) by U+2069');
    },
  );

  it.each([
    ['\ud800', 'U+D800'],
    ['a\udfffb', 'U+DFFF'],
    ['😀\ud83d', 'U+D83D'],
  ])('is well-formed, unlike %j', (title, name) => {
    expect(titleTextFault(title)).toBe(
      `must be well-formed Unicode, without the lone surrogate ${name}`,
    );
  });
});

describe('what a search looks for', () => {
  it.each(['a b', '\u2068@dana', '\u202bx', 'a\u200bb', '\u009b', '\u2028'])(
    'may be a part of any text: %j',
    (text) => {
      expect(lineFault(text)).toBeUndefined();
    },
  );

  it('is one line', () => {
    expect(lineFault('a\tb')).toBe('must not contain the character U+0009');
    expect(lineFault('a\nb')).toBe('must not contain the character U+000A: it is one line');
  });
});

describe('a description', () => {
  it.each(['a\r\n\tb', '\u202eabc\u202c', '\u2067a', 'a\u2028b\u0085c'])('may be %j', (text) => {
    expect(textFault(text)).toBeUndefined();
  });

  it.each([
    ['a\0b', 'U+0000'],
    ['\u001b[31m', 'U+001B'],
  ])('does not hold a control character: %j', (text, name) => {
    expect(textFault(text)).toBe(`must not contain the character ${name}`);
  });
});
