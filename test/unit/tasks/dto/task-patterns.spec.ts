import { describe, expect, it } from '@jest/globals';
import {
  descriptionFault,
  LINE_PATTERN,
  lineFault,
  TEXT_PATTERN,
  TITLE_PATTERN,
  titleFault,
  trimmed,
} from '../../../../src/tasks/dto/task-rules';

/** Every code point that a string can carry over UTF-8. */
const CHARACTERS = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

/** The texts about which the pattern of the OpenAPI document and the rule disagree. */
function disagreements(
  pattern: string,
  fault: (text: string) => string | undefined,
  around: (character: string) => string,
): readonly string[] {
  const matches = new RegExp(pattern, 'u');
  return CHARACTERS.map(around).filter((t) => matches.test(t) !== (fault(t) === undefined));
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
