import { describe, expect, it } from '@jest/globals';
import { givenPlace } from '../../../../src/database/pool/fair-turns';

/** Who gives a place, and which: places are `a1`, `a2` …, of the user who is their first letter. */
const given = (places: readonly string[], user: string): string | undefined =>
  givenPlace(places, (place) => place.charAt(0), user);

describe('where all places are taken, one more wish', () => {
  it.each([
    [
      'of a newcomer gets the latest place of who has the most',
      ['a1', 'b1', 'a2', 'b2', 'b3'],
      'c',
      'b3',
    ],
    ['gets the latest of all where several have the most', ['a1', 'b1', 'a2', 'b2'], 'c', 'b2'],
    [
      'gets one where its user then has no more than the other',
      ['a1', 'a2', 'a3', 'c1'],
      'c',
      'a3',
    ],
  ])('%s', (_, places, user, place) => {
    expect(given(places, user)).toBe(place);
  });

  it.each([
    ['where everybody has one', ['a1', 'b1', 'c1'], 'd'],
    ['of the user who has the most', ['a1', 'a2', 'a3', 'b1'], 'a'],
    ['whose user would then have more than the other', ['a1', 'a2', 'b1'], 'b'],
    ['where there are no places', [], 'a'],
  ])('gets none: %s', (_, places, user) => {
    expect(given(places, user)).toBeUndefined();
  });
});
