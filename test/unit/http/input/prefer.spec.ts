import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { preferenceOf } from '../../../../src/http/input/prefer';

const stating = (prefer: string | undefined): Request =>
  ({ headers: { prefer } }) as unknown as Request;

describe('Prefer', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['return=minimal', 'minimal'],
    ['return="minimal"', 'minimal'],
    ['Return = minimal', 'minimal'],
    ['return=MINIMAL', 'MINIMAL'],
    ['return', ''],
    ['return=minimal; foo=bar', 'minimal'],
    ['wait=5, return=minimal', 'minimal'],
    ['return=representation, return=minimal', 'representation'],
    ['returns=minimal', undefined],
    ['count=exact', undefined],
    ['=minimal', undefined],
    [';;,=,"', undefined],
  ])('%j says of return: %j', (prefer, value) => {
    expect(preferenceOf(stating(prefer), 'return')).toBe(value);
  });

  it('may state several', () => {
    const request = stating('respond-async, count=exact, return=minimal');

    expect(preferenceOf(request, 'count')).toBe('exact');
    expect(preferenceOf(request, 'return')).toBe('minimal');
  });
});
