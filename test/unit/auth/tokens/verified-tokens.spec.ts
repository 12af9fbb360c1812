import { describe, expect, it } from '@jest/globals';
import { fixedKey } from '../../../../src/auth/tokens/trusted-issuer';
import { type VerifiedToken, VerifiedTokenCache } from '../../../../src/auth/tokens/token-verifier';
import { OWN_SCOPE_NAMES } from '../../../support/app/issuers';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const IN_AN_HOUR = NOW / 1000 + 3600;

const keys = fixedKey(Buffer.alloc(32));

function verified(subject: string, expiresAt = IN_AN_HOUR): VerifiedToken {
  const identity = {
    userId: subject,
    subject,
    email: null,
    scopes: 'unrestricted',
    scopeNames: OWN_SCOPE_NAMES,
    expiresAt,
  } as const;
  return { identity, keys, keyVersion: 0 };
}

describe('verified-token cache', () => {
  it('knows the tokens that were put in, and no others', () => {
    const cache = new VerifiedTokenCache(10, 60);
    const ada = verified('ada');
    cache.set('token-a', ada);

    expect(cache.get('token-a', NOW)).toBe(ada);
    expect(cache.get('token-b', NOW)).toBeUndefined();
  });

  it('tells tokens apart by every character', () => {
    const cache = new VerifiedTokenCache(10, 60);
    const token = `${'h'.repeat(40)}.${'p'.repeat(4000)}.${'s'.repeat(342)}`;
    cache.set(token, verified('ada'));

    for (const index of [0, 39, 41, 2000, 4040, 4042, token.length - 1]) {
      const other = `${token.slice(0, index)}x${token.slice(index + 1)}`;
      expect(cache.get(other, NOW)).toBeUndefined();
    }
    expect(cache.get(token.slice(0, -1), NOW)).toBeUndefined();
    expect(cache.get(`${token}s`, NOW)).toBeUndefined();
  });

  it('forgets a token when it expires, the clock tolerance granted', () => {
    const cache = new VerifiedTokenCache(10, 5);
    cache.set('token', verified('ada', NOW / 1000 + 60));

    expect(cache.get('token', NOW + 64_999)).toBeDefined();
    expect(cache.get('token', NOW + 65_000)).toBeUndefined();
  });

  it('takes a token that was verified again in the place of what it knew', () => {
    const cache = new VerifiedTokenCache(10, 60);
    const again = { ...verified('ada'), keyVersion: 2 };
    cache.set('token', verified('ada'));
    cache.set('token', again);

    expect(cache.get('token', NOW)).toBe(again);
    expect(cache.size).toBe(1);
  });

  it('holds no more than its capacity, and lets the oldest go', () => {
    const cache = new VerifiedTokenCache(3, 60);
    for (const token of ['a', 'b', 'c']) cache.set(token, verified(token));
    cache.set('a', verified('a'));
    cache.set('d', verified('d'));

    expect(cache.size).toBe(3);
    const known = ['a', 'b', 'c', 'd'].filter((token) => cache.get(token, NOW) !== undefined);
    expect(known).toEqual(['a', 'c', 'd']);
  });
});
