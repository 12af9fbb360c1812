import { describe, expect, it } from '@jest/globals';
import {
  LINE_PATTERN,
  lineFault,
  TEXT_PATTERN,
  TITLE_PATTERN,
} from '../../../../src/tasks/dto/task-characters';
import { LARGE_PROOFS } from '../../../support/large-proofs';
import { descriptionFault, titleFault, trimmed } from '../../../../src/tasks/dto/task-rules';

/** Ideographs, syllables and private use, and all beyond U+FFFF: thousands that have one property each. */
const ALIKE = [
  [0x3400, 0xf8ff],
  [0x10000, 0x10ffff],
] as const;
const isOfMany = (code: number): boolean =>
  ALIKE.some(([first, last]) => code >= first && code <= last);

/** Code points that a string can carry over UTF-8: all, or one in 64 of those that are alike. */
const CHARACTERS = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .filter((code) => LARGE_PROOFS || !isOfMany(code) || code % 64 === 0)
  .map((code) => String.fromCodePoint(code));

/** The texts about which the pattern of the OpenAPI document and the rule disagree. */
function disagreements(
  pattern: string,
  fault: (text: string) => string | undefined,
  around: (character: string) => string,
): readonly string[] {
  const matches = new RegExp(pattern, 'u');
  return CHARACTERS.flatMap((character) => {
    const text = around(character);
    const [isMatch, isAllowed] = [matches.test(text), fault(text) === undefined];
    // Beyond U+00FF the pattern may allow more: it could not say it in every language.
    const agree = character > '\u00ff' ? isMatch || !isAllowed : isMatch === isAllowed;
    return agree ? [] : [text];
  });
}

describe('the patterns of the OpenAPI document', () => {
  const titleRule = (text: string) => titleFault(trimmed({ value: text }));

  it.each([
    ['alone', (c: string) => c],
    ['before a title', (c: string) => `${c}a`],
    ['within a title', (c: string) => `a${c}a`],
    ['behind a title', (c: string) => `a${c}`],
    ['between two spaces', (c: string) => ` ${c} `],
  ])('say of every character %s what the rule of titles says', (_, around) => {
    expect(disagreements(TITLE_PATTERN, titleRule, around)).toEqual([]);
  });

  it('say of every character what the rule of descriptions says', () => {
    expect(disagreements(TEXT_PATTERN, descriptionFault, (c) => `a${c}`)).toEqual([]);
  });

  it('say of every character what the rule of searches says', () => {
    expect(disagreements(LINE_PATTERN, lineFault, (c) => c)).toEqual([]);
  });
});
