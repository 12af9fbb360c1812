import { createPublicKey } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { configuredIssuers } from '../../../src/auth/configured-issuers';
import { TokenVerifier } from '../../../src/auth/tokens/token-verifier';
import { parseEnv } from '../../../src/config/env';
import { stopClock } from '../../support/app/clock';
import { refusalOf } from '../../support/app/refusal';
import { signToken } from '../../support/app/tokens';
import { compactJws, hmac } from '../../support/http/jws';
import { KeyServer, ProviderKey } from '../../support/http/key-server';

const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';
const UUID = '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11';
const ONE = 'https://one.example.com';
const TWO = 'https://two.example.com';
const exp = (): number => Math.floor(Date.now() / 1000) + 3600;

let server: KeyServer;
let keyOfOne: ProviderKey;
let keyOfTwo: ProviderKey;
/** What the key server publishes, by path. */
let published: Record<string, readonly object[]>;

beforeAll(async () => {
  Logger.overrideLogger(false);
  keyOfOne = await ProviderKey.generate('key', 'RS256');
  keyOfTwo = await ProviderKey.generate('key', 'RS256');
});
beforeEach(async () => {
  stopClock(new Date());
  server = await KeyServer.start();
  published = { '/one': [keyOfOne.publicJwk], '/two': [keyOfTwo.publicJwk] };
  server.answer = ({ url = '' }, response) => {
    response.end(JSON.stringify({ keys: published[url] }));
  };
});
afterEach(async () => {
  jest.useRealTimers();
  await server.stop();
});

/** The issuers of these variables; each place of keys is a path of the key server. */
function verifierOf(variables: Record<string, string>): TokenVerifier {
  const source = Object.entries(variables).map(([name, value]) => [
    name,
    name.endsWith('JWKS_URL') ? server.url(value) : value,
  ]);
  const { auth, requireScopes, clockTolerance } = parseEnv(
    Object.fromEntries(source) as Record<string, string>,
  );
  if (auth.mode === 'development-issuer') throw new Error('No issuer is configured');
  return new TokenVerifier(configuredIssuers(auth.issuers, requireScopes), clockTolerance);
}

const BOTH = {
  AUTH_ISSUER: ONE,
  AUTH_AUDIENCE: 'api-one',
  AUTH_JWKS_URL: '/one',
  AUTH_2_ISSUER: TWO,
  AUTH_2_AUDIENCE: 'api-two',
  AUTH_2_JWKS_URL: '/two',
};
const ofOne = (claims: object = {}): Promise<string> =>
  keyOfOne.token({ iss: ONE, aud: 'api-one', sub: UUID, exp: exp(), ...claims });
const ofTwo = (claims: object = {}): Promise<string> =>
  keyOfTwo.token({ iss: TWO, aud: 'api-two', sub: UUID, exp: exp(), ...claims });

describe('two issuers', () => {
  it('have two users, though both call theirs by the same UUID', async () => {
    const tokens = verifierOf(BOTH);
    const [one, two] = [await tokens.verify(await ofOne()), await tokens.verify(await ofTwo())];

    expect(one).toMatchObject({ userId: UUID, subject: UUID });
    expect(two).toMatchObject({ subject: UUID });
    expect(two.userId).not.toBe(UUID);
    expect(two.userId).toMatch(/^[\da-f]{8}-[\da-f]{4}-8/);
  });

  it.each<[string, () => Promise<string>, string]>([
    [
      'signed by the key of the other',
      () => keyOfTwo.token({ iss: ONE, aud: 'api-one', sub: UUID, exp: exp() }),
      'The signature',
    ],
    ['for the audience of the other', () => ofOne({ aud: 'api-two' }), 'The claim aud'],
    ['of a third one', () => ofOne({ iss: 'https://three.example.com' }), 'The claim iss'],
    ['of neither by name', () => ofOne({ iss: undefined }), 'The claim iss'],
  ])('do not stand in for each other: a token %s', async (_, make, reason) => {
    const problem = await refusalOf(async () => verifierOf(BOTH).verify(await make()));
    expect(problem.code).toBe('invalid-token');
    expect(problem.reason).toContain(reason);
  });

  it('depend on their own provider alone', async () => {
    const tokens = verifierOf({ ...BOTH, AUTH_2_JWKS_URL: '/missing' });

    await expect(tokens.verify(await ofOne())).resolves.toBeDefined();
    expect((await refusalOf(async () => tokens.verify(await ofTwo()))).code).toBe(
      'identity-provider-unavailable',
    );
  });

  it('have keys of their own, and so has each token that is remembered', async () => {
    const tokens = verifierOf(BOTH);
    const [one, two] = [await ofOne(), await ofTwo()];
    await Promise.all([tokens.verify(one), tokens.verify(two)]);
    published['/two'] = [];
    jest.advanceTimersByTime(5 * 60_000);

    await expect(tokens.verify(one)).resolves.toBeDefined();
    expect(tokens.recall(one)).toBeDefined();
    await refusalOf(() => tokens.verify(two));
    expect(tokens.recall(two)).toBeUndefined();
  });
});

describe('an issuer that moves from a secret to keys', () => {
  const MIXED = {
    AUTH_ISSUER: ONE,
    AUTH_AUDIENCE: 'api-one',
    AUTH_JWKS_URL: '/one',
    AUTH_SECRET: SECRET,
  };
  const claims = { iss: ONE, aud: 'api-one', sub: 'ada' };

  it('has tokens of both, for the same user', async () => {
    const tokens = verifierOf(MIXED);
    const old = await tokens.verify(await signToken(claims, SECRET));
    const current = await tokens.verify(await ofOne({ sub: 'ada' }));

    expect(current.userId).toBe(old.userId);
  });

  it('has tokens of the secret while its keys cannot be read', async () => {
    const tokens = verifierOf({ ...MIXED, AUTH_JWKS_URL: '/missing' });
    await expect(tokens.verify(await signToken(claims, SECRET))).resolves.toBeDefined();
  });

  it('has no tokens signed by HS256 with the public key', async () => {
    const tokens = verifierOf(MIXED);
    await tokens.verify(await ofOne());
    const publicKey = createPublicKey({ key: keyOfOne.publicJwk, format: 'jwk' });
    for (const secret of [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(keyOfOne.publicJwk),
    ]) {
      const forged = compactJws(
        { alg: 'HS256', kid: 'key' },
        { ...claims, exp: exp() },
        hmac('sha256', secret),
      );
      expect((await refusalOf(() => tokens.verify(forged))).reason).toBe(
        'The signature of the access token is not valid',
      );
    }
  });

  it('has no token of another algorithm of either kind', async () => {
    const tokens = verifierOf(MIXED);
    for (const alg of ['HS384', 'HS512', 'none']) {
      const token = compactJws({ alg }, { ...claims, exp: exp() }, hmac('sha384', SECRET));
      const problem = await refusalOf(() => tokens.verify(token));
      expect(problem.reason).toBe('The algorithm of the access token is not accepted');
      expect(problem.detail).toContain('HS256, ES256');
    }
  });
});

describe('an issuer with tenants', () => {
  const ENTRA = {
    AUTH_ISSUER: 'https://login.example.com/{tid}/v2.0',
    AUTH_AUDIENCE: 'api',
    AUTH_JWKS_URL: '/one',
    AUTH_USER_CLAIM: 'oid',
  };
  const ofTenant = (tid: string, claims: object = {}): Promise<string> =>
    keyOfOne.token({
      ...{ iss: `https://login.example.com/${tid}/v2.0`, tid, aud: 'api', oid: UUID, sub: 'x' },
      ...{ exp: exp(), ...claims },
    });

  it('has a user of each tenant, whatever they are called there', async () => {
    const tokens = verifierOf(ENTRA);
    const [one, two] = [
      await tokens.verify(await ofTenant('one')),
      await tokens.verify(await ofTenant('two')),
    ];
    expect(new Set([one.userId, two.userId, UUID]).size).toBe(3);
  });

  it.each<[string, Record<string, string>, object, string]>([
    ['whose issuer is of another tenant', ENTRA, { tid: 'two' }, 'The claim iss'],
    ['without a tenant', ENTRA, { tid: undefined }, 'The claim iss'],
    ['of a tenant that is not listed', { ...ENTRA, AUTH_TENANTS: 'two' }, {}, 'The claim tid'],
    ['without the claim that names the user', ENTRA, { oid: undefined }, 'The claim oid'],
  ])('refuses a token %s', async (_, variables, claims, reason) => {
    const token = await ofTenant('one', claims);
    const problem = await refusalOf(() => verifierOf(variables).verify(token));
    expect(problem.reason).toContain(reason);
  });

  it('refuses a key that is meant for another tenant', async () => {
    const named = (issuer: string) => [{ ...keyOfOne.publicJwk, issuer }];
    published['/one'] = named('https://login.example.com/{tenantid}/v2.0');
    await expect(verifierOf(ENTRA).verify(await ofTenant('one'))).resolves.toBeDefined();

    published['/one'] = named('https://login.example.com/two/v2.0');
    const problem = await refusalOf(async () => verifierOf(ENTRA).verify(await ofTenant('one')));
    expect(problem.reason).toBe('The key of the access token is not one of its issuer');
  });

  it('refuses a key that is meant for another tenant, also where the token does not name it', async () => {
    const issuer = 'https://login.example.com/two/v2.0';
    published['/one'] = [{ ...keyOfOne.publicJwk, kid: 'of-two', issuer }];
    const claims = { iss: 'https://login.example.com/one/v2.0', tid: 'one', aud: 'api', oid: UUID };
    const token = await keyOfOne.token({ ...claims, exp: exp() }, { kid: undefined });
    const problem = await refusalOf(() => verifierOf(ENTRA).verify(token));
    expect(problem.reason).toBe('The key of the access token is not one of its issuer');
  });
});

describe('the refusal of a token', () => {
  it.each<[string, () => Promise<string>, string, RegExp]>([
    [
      'an opaque token',
      () => Promise.resolve('opaque'),
      'The access token is not a JWT',
      /an opaque token or a session id/,
    ],
    [
      'an encrypted one',
      () => Promise.resolve('a.b.c.d.e'),
      'The access token is encrypted',
      /signed only/,
    ],
    [
      'another algorithm',
      () => signToken({ iss: ONE }, SECRET),
      'The algorithm of the access token is not accepted',
      /ES256/,
    ],
    [
      'another audience',
      () => ofOne({ aud: 'x' }),
      'The claim aud of the access token is missing or not accepted',
      /for this API/,
    ],
    [
      'a slash more',
      () => ofOne({ iss: `${ONE}/` }),
      'The claim iss of the access token is missing or not accepted',
      /a final slash/,
    ],
    [
      'an early token',
      () => ofOne({ nbf: exp() }),
      'The claim nbf of the access token is in the future',
      /Wait until then/,
    ],
  ])(
    'says why, to the log and to the client, and what helps: %s',
    async (_, make, reason, advice) => {
      const problem = await refusalOf(async () => verifierOf(BOTH).verify(await make()));

      expect(problem.reason).toBe(reason);
      expect(problem.headers['WWW-Authenticate']).toContain(`error_description="${reason}"`);
      expect(problem.detail).toMatch(advice);
    },
  );

  it('leaves to a forger the advice of the type', async () => {
    const forged = await keyOfTwo.token({ iss: ONE, aud: 'x', sub: UUID, exp: exp() });
    const problem = await refusalOf(() => verifierOf(BOTH).verify(forged));
    expect(problem.detail).toBeUndefined();
  });
});
