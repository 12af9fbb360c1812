import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { MUTANTS } from '../mutations/mutants';
import { staleEdits } from '../mutations/workspace';

describe('the mutants of `npm run test:mutations`', () => {
  it('match the sources: bring test/mutations/ up to date where they do not', () => {
    expect(staleEdits(MUTANTS)).toEqual([]);
  });

  it('have names of their own, and tests in files that exist', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.filter(({ spec }) => !existsSync(`test/${spec}.spec.ts`))).toEqual([]);
  });
});
