import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv as parseDotenv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parseEnv } from '../../../src/config/env';
import { EnvironmentVariables } from '../../../src/config/environment-variables';

describe('.env.example', () => {
  const example = readFileSync(join(__dirname, '../../../.env.example'), 'utf8');

  it('lists exactly the variables that are read', () => {
    const known = Object.keys(new EnvironmentVariables());
    expect(Object.keys(parseDotenv(example)).sort()).toEqual(known.sort());
  });

  it('explains each variable in one line', () => {
    const [, ...paragraphs] = example.trim().split('\n\n');
    expect(paragraphs).toHaveLength(Object.keys(new EnvironmentVariables()).length);
    for (const paragraph of paragraphs) expect(paragraph).toMatch(/^# [^\n]+\n[A-Z_]+=[^\n]*$/);
  });

  it('changes nothing when it is copied as it is', () => {
    expect(parseEnv(parseDotenv(example))).toEqual(parseEnv({}));
  });
});
