import { describe, expect, it } from '@jest/globals';
import { editDistance, similarName } from '../../../../src/config/sources/similar-name';

describe('two names', () => {
  it.each([
    ['PORT', 'PORT', 0],
    ['PORT', 'PORTS', 1],
    ['PORT', 'PRT', 1],
    ['PORT', 'PART', 1],
    ['PORT', 'PROT', 1],
    ['PORT', 'OPRT', 1],
    ['PORT', '', 4],
    ['DATABASE_URL', 'DATABASE_ULR', 1],
    ['DATABASE_URL', 'DB_URL', 6],
  ])('%s and %s are apart by %i edits', (one, other, edits) => {
    expect(editDistance(one, other)).toBe(edits);
    expect(editDistance(other, one)).toBe(edits);
  });
});

describe('a name that is not known', () => {
  const known = ['PORT', 'HOST', 'LOG_LEVEL', 'DATA_DIR', 'DATABASE_URL'];
  it.each([
    ['PROT', 'PORT'],
    ['PRT', 'PORT'],
    ['port', 'PORT'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log-level', 'LOG_LEVEL'],
    ['DATADIR', 'DATA_DIR'],
  ])('resembles the nearest one that is: %s', (name, meant) => {
    expect(similarName(name, known)).toBe(meant);
  });

  it.each(['PO', 'COST_CENTRE', 'STRIPE_KEY', 'PASS', ''])('resembles none: %j', (name) => {
    expect(similarName(name, known)).toBeUndefined();
  });
});
