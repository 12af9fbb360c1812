import { describe, expect, it } from '@jest/globals';
import { adviceOn } from '../../../src/config/advice';
import { parseEnv } from '../../../src/config/env';

const AUTH_SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const DATABASE_URL = 'postgresql://app@db.example.com/tasks';

describe('a right configuration', () => {
  it('is advised upon where production keeps its tasks in the embedded database', () => {
    const env = parseEnv({ NODE_ENV: 'production', AUTH_SECRET, DATA_DIR: '/srv/tasks' });
    expect(adviceOn(env)).toEqual([
      {
        what: expect.stringContaining('the embedded PostgreSQL in /srv/tasks keeps the tasks'),
        remedy: expect.stringMatching(/^set DATABASE_URL, or back it up/),
      },
    ]);
  });

  it.each([{}, { AUTH_SECRET }, { NODE_ENV: 'production', AUTH_SECRET, DATABASE_URL }])(
    'is not elsewhere: %j',
    (source) => {
      expect(adviceOn(parseEnv(source))).toEqual([]);
    },
  );
});

describe('an issuer', () => {
  const PROVIDER = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };
  const SECOND = { AUTH_2_ISSUER: 'https://two.example.com', AUTH_2_AUDIENCE: 'task-api' };
  const TENANTS = {
    AUTH_ISSUER: 'https://login.example.com/{tid}',
    AUTH_AUDIENCE: 'task-api',
    AUTH_JWKS_URL: 'https://login.example.com/keys',
  };

  it.each([
    [
      { ...PROVIDER, AUTH_JWKS_URL: 'https://id.example.com/keys', AUTH_SECRET },
      'AUTH_SECRET is accepted beside the keys of AUTH_JWKS_URL',
    ],
    [{ ...PROVIDER, AUTH_EMAIL_VERIFIED: 'always' }, 'AUTH_EMAIL_VERIFIED is always'],
    [
      { ...PROVIDER, ...SECOND, AUTH_2_EMAIL_VERIFIED: 'always' },
      'AUTH_2_EMAIL_VERIFIED is always',
    ],
    [TENANTS, 'AUTH_ISSUER admits the users of every tenant'],
  ])('is advised upon where it opens more than usual: %j', (source, what) => {
    expect(adviceOn(parseEnv(source))).toMatchObject([{ what: expect.stringContaining(what) }]);
  });

  it('is not where tenants are listed', () => {
    expect(adviceOn(parseEnv({ ...TENANTS, AUTH_TENANTS: 'contoso.com' }))).toEqual([]);
  });
});
