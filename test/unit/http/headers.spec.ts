import { describe, expect, it } from '@jest/globals';
import { preferencesOf } from '../../../src/http/headers';

describe('Prefer', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['return=minimal', { return: 'minimal' }],
    ['return="minimal"', { return: 'minimal' }],
    ['Return = minimal', { return: 'minimal' }],
    ['return=MINIMAL', {}],
    ['return', {}],
    ['return=minimal; foo=bar', { return: 'minimal' }],
    ['wait=5, return=minimal', { return: 'minimal' }],
    ['return=representation, return=minimal', { return: 'representation' }],
    ['return=headers-only, return=minimal', {}],
    ['returns=minimal', {}],
    ['count=exact', { count: 'exact' }],
    ['count=planned', {}],
    ['=minimal', {}],
    [';;,=,"', {}],
    ['respond-async, count=exact, return=minimal', { count: 'exact', return: 'minimal' }],
  ])('%j prefers %j', (prefer, preferences) => {
    expect(preferencesOf({ prefer })).toEqual(preferences);
  });
});
