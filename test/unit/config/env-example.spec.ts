import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv as parseDotenv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { KNOWN_VARIABLES, parseEnv } from '../../../src/config/env';

/** One comment explains the variables of further issuers, which have numbers. */
const LISTED = KNOWN_VARIABLES.filter((name) => !/\d/.test(name));

describe('.env.example', () => {
  const example = readFileSync(join(__dirname, '../../../.env.example'), 'utf8');

  it('lists exactly the variables that are read', () => {
    expect(Object.keys(parseDotenv(example)).toSorted()).toEqual(LISTED.toSorted());
  });

  it('explains each variable in one line', () => {
    const [, ...paragraphs] = example.trim().split('\n\n');
    expect(paragraphs).toHaveLength(LISTED.length);
    for (const paragraph of paragraphs) expect(paragraph).toMatch(/^# [^\n]+\n[A-Z_]+=[^\n]*$/);
  });

  it('changes nothing when it is copied as it is', () => {
    expect(parseEnv(parseDotenv(example))).toEqual(parseEnv({}));
  });
});
