import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guarded, unguarded } from '../../../src/cli/formula-guard';

describe('a text in a CSV file', () => {
  it.each([
    ['=HYPERLINK("https://evil.example","x")', `'=HYPERLINK("https://evil.example","x")`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['＝1+1', "'＝1+1"],
    ["'=1", "''=1"],
    ['1=1', '1=1'],
    ["'quoted'", "'quoted'"],
    ['', ''],
  ])('%j is written as %j', (text, cell) => {
    expect(guarded(text)).toBe(cell);
  });

  it('never begins as a formula does, and is read as it was', () => {
    const start = fc.stringMatching(/^['=+@\t\r-]{0,4}$/);
    fc.assert(
      fc.property(start, fc.string(), (before, after) => {
        const text = before + after;
        expect(guarded(text)).not.toMatch(/^[=+\-@\t\r]/);
        expect(unguarded(guarded(text))).toBe(text);
      }),
    );
  });

  it('that another program has written is taken as it is', () => {
    for (const text of ['-5 °C', '=1', "'tis the season", "''"]) expect(unguarded(text)).toBe(text);
  });
});
