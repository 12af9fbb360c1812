import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../src/auth/identity';
import { VerifiedTokenCache } from '../../../src/auth/verified-token-cache';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const IN_AN_HOUR = NOW / 1000 + 3600;

function identity(subject: string, expiresAt = IN_AN_HOUR): Identity {
  return { userId: subject, subject, email: null, scopes: 'unrestricted', expiresAt };
}

describe('verified-token cache', () => {
  it('knows the tokens that were put in, and no others', () => {
    const cache = new VerifiedTokenCache(10, 60);
    const ada = identity('ada');
    cache.set('token-a', 0, ada);

    expect(cache.get('token-a', 0, NOW)).toBe(ada);
    expect(cache.get('token-b', 0, NOW)).toBeUndefined();
  });

  it('tells tokens apart by every character', () => {
    const cache = new VerifiedTokenCache(10, 60);
    const token = `${'h'.repeat(40)}.${'p'.repeat(4000)}.${'s'.repeat(342)}`;
    cache.set(token, 0, identity('ada'));

    for (const index of [0, 39, 41, 2000, 4040, 4042, token.length - 1]) {
      const other = `${token.slice(0, index)}x${token.slice(index + 1)}`;
      expect(cache.get(other, 0, NOW)).toBeUndefined();
    }
    expect(cache.get(token.slice(0, -1), 0, NOW)).toBeUndefined();
    expect(cache.get(`${token}s`, 0, NOW)).toBeUndefined();
  });

  it('forgets a token when it expires, the clock tolerance granted', () => {
    const cache = new VerifiedTokenCache(10, 5);
    cache.set('token', 0, identity('ada', NOW / 1000 + 60));

    expect(cache.get('token', 0, NOW + 64_999)).toBeDefined();
    expect(cache.get('token', 0, NOW + 65_000)).toBeUndefined();
  });

  it('forgets what was verified under other keys', () => {
    const cache = new VerifiedTokenCache(10, 60);
    cache.set('token', 1, identity('ada'));

    expect(cache.get('token', 2, NOW)).toBeUndefined();
    cache.set('token', 2, identity('ada'));
    expect(cache.get('token', 2, NOW)).toBeDefined();
    expect(cache.size).toBe(1);
  });

  it('holds no more than its capacity, and lets the oldest go', () => {
    const cache = new VerifiedTokenCache(3, 60);
    for (const token of ['a', 'b', 'c']) cache.set(token, 0, identity(token));
    cache.set('a', 0, identity('a'));
    cache.set('d', 0, identity('d'));

    expect(cache.size).toBe(3);
    const known = ['a', 'b', 'c', 'd'].filter((token) => cache.get(token, 0, NOW) !== undefined);
    expect(known).toEqual(['a', 'c', 'd']);
  });
});
