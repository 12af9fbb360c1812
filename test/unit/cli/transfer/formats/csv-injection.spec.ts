import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guarded, unguarded } from '../../../../../src/cli/transfer/formats/csv-injection';

describe('a text in a CSV file', () => {
  it.each([
    ['=HYPERLINK("https://evil.example","x")', `'=HYPERLINK("https://evil.example","x")`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\tx', "'\tx"],
    [' =1', "' =1"],
    ['"=1"', `'"=1"`],
    ['a;=1+1;b', "a;'=1+1;b"],
    ['a\t@SUM(A1)', "a\t'@SUM(A1)"],
    ['a\n-1', "a\n'-1"],
    ['a\r\n＝1', "a\r\n'＝1"],
    ['a; =1', "a;' =1"],
    ['a;"=1"', `a;'"=1"`],
    ["a;'=1", "a;''=1"],
    ['a;;=1', "a;;'=1"],
    ['a;b', 'a;b'],
    ['x = 1, y - 2', 'x = 1, y - 2'],
    ['＝1+1', "'＝1+1"],
    ["'=1", "''=1"],
    ['1=1', '1=1'],
    ["'quoted'", "'quoted'"],
    ['', ''],
  ])('%j is written as %j', (text, cell) => {
    expect(guarded(text)).toBe(cell);
  });

  it('never begins as a formula does, and is read as it was', () => {
    const texts = fc.stringMatching(/^[a'"=+@;\t\r\n -]{0,12}$/);
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        for (const cell of guarded(text).split(/[;\t\r\n]/)) {
          expect(cell).not.toMatch(/^[" ]*[=+\-@]/);
        }
        expect(guarded(text)).not.toMatch(/^[\t\r]/);
        expect(unguarded(guarded(text))).toBe(text);
      }),
    );
  });

  it('that another program has written is taken as it is', () => {
    for (const text of ['-5 °C', '=1', "'tis the season", "''"]) expect(unguarded(text)).toBe(text);
  });
});
