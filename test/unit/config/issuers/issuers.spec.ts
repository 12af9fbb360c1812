import { describe, expect, it } from '@jest/globals';
import { adviceOn } from '../../../../src/config/advice';
import { parseEnv } from '../../../../src/config/env';
import { mistakesIn } from '../../../support/app/mistakes';

const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const OTHER_SECRET = 'Tk4Yp8Vb2Nc6Xd0Zm5Qw1Er7Ul3As9Gh';
const PROVIDER = { AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'task-api' };
const SECOND = { AUTH_2_ISSUER: 'https://two.example.com', AUTH_2_AUDIENCE: 'api-two' };
const ENTRA = {
  AUTH_ISSUER: 'https://login.microsoftonline.com/{tid}/v2.0',
  AUTH_AUDIENCE: 'task-api',
  AUTH_JWKS_URL: 'https://login.microsoftonline.com/common/discovery/v2.0/keys',
};

function issuersOf(source: Record<string, string>) {
  const { auth } = parseEnv(source);
  return auth.mode === 'development-issuer' ? [] : auth.issuers;
}

describe('an issuer', () => {
  it('has what its variables say', () => {
    const [issuer] = issuersOf({
      ...ENTRA,
      AUTH_AUDIENCE: 'web, mobile ,api://tasks',
      AUTH_TENANTS: '72f988bf-86f1-41af-91ab-2d7cd011db47,contoso.com',
      AUTH_CLIENT_CLAIMS: 'azp,client_id',
      AUTH_CLIENTS: 'https://app.example.com,app',
      AUTH_USER_CLAIM: 'oid',
      AUTH_EMAIL_VERIFIED: 'xms_edov',
      AUTH_SCOPE_CLAIMS: 'scp,roles,https://tasks.example.com/rights',
      AUTH_SCOPE_PREFIX: 'api://tasks/',
      AUTH_SCOPE_NAMES: 'Tasks.Read=tasks:read, Tasks.All=tasks:read, Tasks.All=tasks:write',
      AUTH_NEUTRAL_SCOPES: 'openid User.Read,offline_access',
      AUTH_SECRET: SECRET,
    });

    expect(issuer).toEqual({
      number: undefined,
      issuer: ENTRA.AUTH_ISSUER,
      tenants: ['72f988bf-86f1-41af-91ab-2d7cd011db47', 'contoso.com'],
      audiences: ['web', 'mobile', 'api://tasks'],
      clientClaims: ['azp', 'client_id'],
      clients: ['https://app.example.com', 'app'],
      secret: SECRET,
      publishedKeys: { url: ENTRA.AUTH_JWKS_URL },
      userClaim: 'oid',
      emailVerified: 'xms_edov',
      scopeClaims: ['scp', 'roles', 'https://tasks.example.com/rights'],
      scopePrefix: 'api://tasks/',
      scopeNames: [
        ['Tasks.Read', 'tasks:read'],
        ['Tasks.All', 'tasks:read'],
        ['Tasks.All', 'tasks:write'],
      ],
      neutralScopes: ['openid', 'User.Read', 'offline_access'],
      takesOverUuids: false,
    });
  });

  it.each([
    [{ AUTH_JWKS_URL: 'https://id.example.com/keys' }, ['AUTH_ISSUER', 'AUTH_AUDIENCE']],
    [{ AUTH_ISSUER: 'https://id.example.com' }, ['AUTH_AUDIENCE']],
    [{ AUTH_AUDIENCE: 'task-api' }, ['AUTH_ISSUER']],
    [
      { AUTH_SECRET: SECRET, AUTH_JWKS_URL: 'https://id.example.com/keys' },
      ['AUTH_ISSUER', 'AUTH_AUDIENCE'],
    ],
  ])('needs a name and an audience with keys of a provider: %j', (source, missing) => {
    expect(mistakesIn(source)).toEqual(
      missing.map((name) => `${name}: is required with an OpenID provider`),
    );
  });

  it('may have clients instead of an audience', () => {
    const clients = { AUTH_CLIENT_CLAIMS: 'client_id', AUTH_CLIENTS: 'web' };
    expect(mistakesIn({ AUTH_ISSUER: PROVIDER.AUTH_ISSUER, ...clients })).toEqual([]);
    for (const [name, value] of Object.entries(clients)) {
      expect(mistakesIn({ ...PROVIDER, [name]: value })).toEqual([
        expect.stringMatching(`^${name}: needs AUTH_CLIENT`),
      ]);
    }
  });

  it.each([['http://id.example.com'], ['accounts.example.com'], ['urn:example:issuer']])(
    'is not discovered at %s, where others could answer',
    (issuer) => {
      const source = { AUTH_ISSUER: issuer, AUTH_AUDIENCE: 'task-api' };
      expect(mistakesIn(source)).toEqual([expect.stringMatching('^AUTH_ISSUER: must be an https')]);
      expect(mistakesIn({ ...source, AUTH_JWKS_URL: 'https://id.example.com/keys' })).toEqual([]);
    },
  );

  it('is discovered over http on this machine', () => {
    expect(mistakesIn({ ...PROVIDER, AUTH_ISSUER: 'http://localhost:4000/realm' })).toEqual([]);
  });

  it.each([
    ['AUTH_TENANTS', 'contoso.com', 'has no effect without {tid} in AUTH_ISSUER'],
    ['AUTH_AUDIENCE', 'web,', 'must be values separated by commas'],
    ['AUTH_USER_CLAIM', 'two words', 'must be the name of a claim'],
    ['AUTH_USER_CLAIM', '"sub"x', 'must be the name of a claim'],
    ['AUTH_EMAIL_VERIFIED', 'yes, please', 'must be always'],
    ['AUTH_EMAIL_VERIFIED', 'Always', 'must be always'],
    ['AUTH_SCOPE_CLAIMS', 'scope,', 'must be names of claims'],
    ['AUTH_SCOPE_PREFIX', 'a b', 'must be without spaces'],
    ['AUTH_SCOPE_NAMES', 'Tasks.Read', 'must be names such as'],
    ['AUTH_SCOPE_NAMES', 'Tasks.Read=tasks:delete', 'must be names such as'],
    ['AUTH_SCOPE_NAMES', '=tasks:read', 'must be names such as'],
    ['AUTH_NEUTRAL_SCOPES', 'openid tasks:read', 'must not have tasks:read'],
    ['AUTH_UUID_SUBJECTS', 'yes', 'must be on or off'],
    ['AUTH_ISSUER', 'https://id.example.com/{tenant}', 'may have one placeholder, {tid}'],
    ['AUTH_ISSUER', 'https://{tid}.example.com/{tid}', 'may have one placeholder, {tid}'],
    ['AUTH_ISSUER', 'https://login.microsoftonline.com/common/v2.0', 'is in no token'],
    ['AUTH_ISSUER', 'https://login.microsoftonline.com/organizations/v2.0', 'is in no token'],
    ['AUTH_ISSUER', 'https://login.microsoftonline.com/common', 'is in no token'],
    ['AUTH_ISSUER', 'https://login.partner.microsoftonline.cn/common/v2.0', 'is in no token'],
    ['AUTH_ISSUER', 'https://sts.windows.net/common/', 'is in no token'],
    ['AUTH_ISSUER', 'https://a.example.com,https://b.example.com', 'must be one issuer'],
    ['AUTH_ISSUER', 'https://a.example.com https://b.example.com', 'must be one issuer'],
  ])('cannot have %s=%s', (name, value, fault) => {
    const [mistake, ...others] = mistakesIn({ ...PROVIDER, [name]: value });
    expect(mistake?.startsWith(`${name}: ${fault}`) ? fault : mistake).toBe(fault);
    expect(others).toEqual([]);
  });

  it('cannot have tenants or clients of any kind', () => {
    for (const tenants of ['a/b', '72F988BF-86F1-41AF-91AB-2D7CD011DB47']) {
      expect(mistakesIn({ ...ENTRA, AUTH_TENANTS: tenants })).toEqual([
        expect.stringMatching('^AUTH_TENANTS: must be tenants as in the claim tid'),
      ]);
    }
    const clients = { AUTH_CLIENT_CLAIMS: 'email', AUTH_CLIENTS: 'ada@example.com' };
    expect(mistakesIn({ ...PROVIDER, ...clients })).toEqual([
      expect.stringMatching('^AUTH_CLIENT_CLAIMS: must be client_id, azp or both'),
    ]);
  });

  it.each([
    ...['email', 'preferred_username', 'upn', 'unique_name', 'name', 'nickname', 'Email'],
    ...['username', 'cognito:username', 'phone_number', 'client_id', 'azp', 'tid', 'jti', 'aud'],
    ...['https://app.example.com/email', 'https://x.example/claims#user_name', 'custom:Email'],
    ...['preferredUsername', 'email_address', 'displayName', 'phone'],
  ])('cannot name its users by %s, which changes hands or names nobody', (claim) => {
    expect(mistakesIn({ ...PROVIDER, AUTH_USER_CLAIM: claim })).toEqual([
      expect.stringMatching('^AUTH_USER_CLAIM: must be the name of a claim that nobody can change'),
    ]);
  });

  it('with tenants has its keys at one place, and takes over no id', () => {
    const { AUTH_JWKS_URL: _, ...withoutKeys } = ENTRA;
    expect(mistakesIn(withoutKeys)).toEqual([
      expect.stringMatching('^AUTH_JWKS_URL: is required with a placeholder'),
    ]);
    expect(mistakesIn({ ...ENTRA, AUTH_UUID_SUBJECTS: 'on' })).toEqual([
      expect.stringMatching('^AUTH_UUID_SUBJECTS: must not be on with a placeholder'),
    ]);
    expect(issuersOf(ENTRA)).toMatchObject([{ takesOverUuids: false }]);
  });

  it('is needed for whatever says more about it', () => {
    expect(mistakesIn({ AUTH_USER_CLAIM: 'oid', AUTH_SCOPE_PREFIX: 'x/' })).toEqual([
      'AUTH_USER_CLAIM: needs AUTH_ISSUER or AUTH_SECRET beside it',
      'AUTH_SCOPE_PREFIX: needs AUTH_ISSUER or AUTH_SECRET beside it',
    ]);
    // A default is no statement: .env.example has it.
    expect(mistakesIn({ AUTH_USER_CLAIM: 'sub' })).toEqual([]);
  });
});

describe('several issuers', () => {
  it('each have their own variables', () => {
    expect(issuersOf({ ...PROVIDER, ...SECOND, AUTH_2_USER_CLAIM: 'oid' })).toMatchObject([
      { issuer: 'https://id.example.com', audiences: ['task-api'], userClaim: 'sub' },
      { issuer: 'https://two.example.com', audiences: ['api-two'], userClaim: 'oid' },
    ]);
  });

  it('have one whose UUIDs are taken over: the first, or the one that is marked', () => {
    const takenOver = (more: Record<string, string>) =>
      issuersOf({ ...PROVIDER, ...SECOND, ...more }).map(({ takesOverUuids }) => takesOverUuids);

    expect(takenOver({})).toEqual([true, false]);
    expect(takenOver({ AUTH_2_UUID_SUBJECTS: 'on' })).toEqual([false, true]);
    expect(takenOver({ AUTH_UUID_SUBJECTS: 'off' })).toEqual([false, false]);
    expect(
      mistakesIn({ ...PROVIDER, ...SECOND, AUTH_UUID_SUBJECTS: 'on', AUTH_2_UUID_SUBJECTS: 'on' }),
    ).toEqual([expect.stringMatching('^AUTH_2_UUID_SUBJECTS: may be on for one issuer alone')]);
  });

  it('report the mistakes of each, by the name of its variable', () => {
    const source = { ...PROVIDER, AUTH_3_SECRET: 'short', AUTH_2_USER_CLAIM: 'email' };
    expect(mistakesIn(source)).toEqual([
      expect.stringMatching('^AUTH_2_USER_CLAIM: must be the name of a claim'),
      'AUTH_2_USER_CLAIM: needs AUTH_2_ISSUER or AUTH_2_SECRET beside it',
      expect.stringMatching('^AUTH_3_SECRET: must have at least 32 bytes'),
      'AUTH_3_ISSUER: is required where there are several',
    ]);
  });

  it.each([
    ['https://id.example.com', 'https://id.example.com'],
    ['https://id.example.com/{tid}', 'https://id.example.com/one'],
    ['https://id.example.com/one', 'https://id.example.com/{tid}'],
    ['https://id.example.com/{tid}/v2', 'https://id.example.com/a{tid}/v2'],
  ])('must not both be meant by one token: %s and %s', (first, second) => {
    const keys = 'https://id.example.com/keys';
    const source = {
      ...{ AUTH_ISSUER: first, AUTH_AUDIENCE: 'x', AUTH_JWKS_URL: keys },
      ...{ AUTH_2_ISSUER: second, AUTH_2_AUDIENCE: 'x', AUTH_2_JWKS_URL: keys },
    };
    expect(mistakesIn(source)).toEqual([
      'AUTH_2_ISSUER: a token could be of it and of AUTH_ISSUER',
    ]);
    expect(mistakesIn({ ...source, AUTH_2_ISSUER: 'https://other.example.com' })).toEqual([]);
  });

  it('must not share a secret', () => {
    const source = { AUTH_SECRET: SECRET, AUTH_ISSUER: 'one', AUTH_2_ISSUER: 'two' };
    expect(mistakesIn({ ...source, AUTH_2_SECRET: SECRET })).toEqual([
      expect.stringMatching('^AUTH_2_SECRET: must not be AUTH_SECRET'),
    ]);
    expect(mistakesIn({ ...source, AUTH_2_SECRET: OTHER_SECRET })).toEqual([]);
  });

  it('begin with one that has no number', () => {
    expect(mistakesIn(SECOND)).toEqual([
      'AUTH_2_ISSUER: needs AUTH_ISSUER beside it: the first issuer has no number',
    ]);
  });

  it.each(['AUTH_1_ISSUER', 'AUTH_10_ISSUER', 'AUTH_2_REQUIRE_SCOPES', 'AUTH_02_ISSUER'])(
    'do not have %s, which is not ignored',
    (name) => {
      expect(mistakesIn({ ...PROVIDER, [name]: 'x' })).toContainEqual(
        expect.stringMatching(`^${name}: is not known`),
      );
    },
  );
});

describe('a secret that others can guess', () => {
  it.each(['short', 'ééééééééééééééé'])(
    'is refused everywhere where it is too short: %j',
    (secret) => {
      expect(mistakesIn({ AUTH_SECRET: secret })).toEqual([
        expect.stringMatching('^AUTH_SECRET: must have at least 32 bytes'),
      ]);
    },
  );

  it('is measured in bytes, not in characters', () => {
    expect(mistakesIn({ AUTH_SECRET: 'éèêàâäçîïôöùûüœæ' })).toEqual([]);
  });

  it.each([
    '0'.repeat(64),
    'changeme-changeme-changeme-changeme',
    'Secret-Secret-Secret-Secret-Secret',
    'your-256-bit-secret-your-256-bit-secret',
    'a-string-secret-at-least-256-bits-long',
    'super-secret-jwt-token-with-at-least-32-characters-long',
    'your-super-secret-jwt-token-with-at-least-32-characters-long',
    'reallyreallyreallyreallyverysafe',
    'better-auth-secret-12345678901234567890',
  ])('is refused in production, and a warning elsewhere: %j', (secret) => {
    expect(mistakesIn({ NODE_ENV: 'production', AUTH_SECRET: secret })).toEqual([
      expect.stringMatching('^AUTH_SECRET: is an example value'),
    ]);
    const env = parseEnv({ AUTH_SECRET: secret });
    expect(adviceOn(env)).toMatchObject([
      { what: 'AUTH_SECRET is an example value, with which anybody can sign tokens' },
    ]);
    // Other machines are then let in only where the operator says so.
    expect(env.host).toBe('127.0.0.1');
    expect(adviceOn(parseEnv({ AUTH_SECRET: SECRET }))).toEqual([]);
  });
});
