import { describe, expect, it } from '@jest/globals';
import { BATCHES_OF_LANE, LANES_OF_POOLER } from '../../../../src/database/limits';
import { reachOf } from '../../../../src/database/lanes/reach';
import { testEnv } from '../../../support/app/test-env';

const reach = (isDirect: boolean, roundTripMs: number, variables = {}) =>
  reachOf({ isDirect, roundTripMs }, testEnv({ DATABASE_LANES: '', ...variables }).database);

describe('The reach of the lanes', () => {
  it.each([true, false])(
    'is one batch on each of three near the database (direct: %s)',
    (direct) => {
      expect(reach(direct, 0.4)).toMatchObject({ isFar: false, lanes: 3, batches: 1 });
    },
  );

  it('grows with the round trip, in batches where sessions are its own', () => {
    const batches = [1, 5, 10, 20].map((ms) => reach(true, ms).batches);

    expect(batches).toEqual([...batches].sort((one, other) => one - other));
    expect(new Set(batches).size).toBe(4);
    expect(reach(true, 1_000)).toMatchObject({ isFar: true, lanes: 3, batches: BATCHES_OF_LANE });
  });

  it('grows in lanes through a pooler, which may have one batch of each', () => {
    expect(reach(false, 5).lanes).toBeGreaterThan(3);
    expect(reach(false, 1_000)).toMatchObject({ lanes: LANES_OF_POOLER, batches: 1 });
    // A pooler that hides behind PostgreSQL's own process ids.
    expect(reach(true, 1_000, { DATABASE_PREPARE: 'off' })).toMatchObject({ batches: 1 });
  });

  it('has the lanes that DATABASE_LANES says, also none', () => {
    expect(reach(false, 1_000, { DATABASE_LANES: '3' })).toMatchObject({ lanes: 3, batches: 1 });
    expect(reach(false, 1_000, { DATABASE_LANES: '0' })).toMatchObject({ lanes: 0 });
  });
});
