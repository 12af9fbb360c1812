import { describe, expect, it } from '@jest/globals';
import { requireOwnPath } from '../../../src/user-scope/user-scope.guard';
import { OWN_SCOPE_NAMES } from '../../support/app/issuers';
import { refusalOf } from '../../support/app/refusal';

const USER = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const OTHER = '1c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';

const enter = (path: unknown, subject = 'auth0|123'): void => {
  requireOwnPath(path, {
    userId: USER,
    subject,
    email: null,
    scopes: 'unrestricted',
    scopeNames: OWN_SCOPE_NAMES,
    expiresAt: 0,
  });
};

describe('the user of a path', () => {
  it.each([
    ['me', 'auth0|123'],
    ['auth0|123', 'auth0|123'],
    ['q2mEE3B7CIrqKYoKOOoe6DjwRhcpjAvE', 'q2mEE3B7CIrqKYoKOOoe6DjwRhcpjAvE'],
    ['a/b', 'a/b'],
    ['a%2Fb', 'a%2Fb'],
    ['é', 'é'],
    ['𝒳'.repeat(255), '𝒳'.repeat(255)],
    ['me', 'me'],
    [USER, 'auth0|123'],
    [USER.toUpperCase(), 'auth0|123'],
    // Another user's UUID as the caller's own name: it still is the caller.
    [OTHER, OTHER],
    [OTHER.toUpperCase(), OTHER.toUpperCase()],
  ])('is the caller: %s, whom the token calls %s', (path, subject) => {
    expect(() => enter(path, subject)).not.toThrow();
  });

  it.each([
    [OTHER, 'auth0|123'],
    ['ME', 'auth0|123'],
    ['', 'auth0|123'],
    ['Auth0|123', 'auth0|123'],
    ['auth0|1234', 'auth0|123'],
    ['auth0|123 ', 'auth0|123'],
    ['auth0%7C123', 'auth0|123'],
    ['a%2Fb', 'a/b'],
    ['a/b', 'a%2Fb'],
    // One letter in two forms: composed, and as two characters.
    ['e\u0301', 'é'],
    [`{${USER}}`, 'auth0|123'],
    [USER.replaceAll('-', ''), 'auth0|123'],
    [`${USER} `, 'auth0|123'],
    ['undefined', 'auth0|123'],
    ['x'.repeat(255), 'auth0|123'],
    [OTHER.toUpperCase(), OTHER],
  ])('is somebody else: %j, where the token calls the caller %j', async (path, subject) => {
    expect((await refusalOf(() => enter(path, subject))).code).toBe('forbidden');
  });

  it.each([`${USER}\0`, '\0', 'x'.repeat(256), '𝒳'.repeat(256), undefined, ['me']])(
    'is nobody anywhere: %j',
    async (path) => {
      const { code, faults } = await refusalOf(() => enter(path));
      expect([code, faults]).toEqual([
        'validation',
        [{ parameter: 'user_id', detail: 'must be at most 255 characters, without NUL' }],
      ]);
    },
  );
});
