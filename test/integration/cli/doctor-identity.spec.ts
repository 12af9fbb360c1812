import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { identityChecks } from '../../../src/cli/doctor/doctor-identity';
import { parseEnv } from '../../../src/config/env';
import { KeyServer, ProviderKey } from '../../support/http/key-server';

const DISCOVERY = '/.well-known/openid-configuration';
const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';

let server: KeyServer;
let key: ProviderKey;

beforeAll(async () => {
  key = await ProviderKey.generate('key');
});
beforeEach(async () => {
  server = await KeyServer.start();
});
afterEach(() => server.stop());

/** Answers with the documents of these paths, and with 404 elsewhere. */
function publish(documents: Record<string, unknown>, headers: Record<string, string> = {}): void {
  server.answer = ({ url = '' }, response) => {
    response.writeHead(url in documents ? 200 : 404, headers).end(JSON.stringify(documents[url]));
  };
}

const checksOf = (variables: Record<string, string>) =>
  identityChecks(parseEnv({ AUTH_AUDIENCE: 'task-api', ...variables }));
const discovery = (issuer: string, keys = server.url('/keys')) => ({ issuer, jwks_uri: keys });
const KEYS = () => ({ keys: [key.publicJwk] });

describe('the doctor', () => {
  it('says which keys it has found, and compares the clocks', async () => {
    const issuer = server.url('');
    publish({ [DISCOVERY]: discovery(issuer), '/keys': KEYS() });

    expect(await checksOf({ AUTH_ISSUER: issuer })).toEqual([
      { name: 'identity', status: 'ok', detail: `keys for ES256 at ${issuer}/keys`, remedies: [] },
      {
        name: 'identity clock',
        status: 'ok',
        detail: 'agrees with that of the provider',
        remedies: [],
      },
    ]);
  });

  it.each<[string, (issuer: string) => Record<string, unknown>, string, RegExp]>([
    ['no discovery', () => ({}), 'it answered with status 404', /set AUTH_JWKS_URL; docs/],
    [
      'discovery for an issuer with a slash more',
      (issuer) => ({ [DISCOVERY]: discovery(`${issuer}/`) }),
      'it is for the issuer "http',
      /^AUTH_ISSUER must be the issuer to the letter/,
    ],
    [
      'no keys where discovery says',
      (issuer) => ({ [DISCOVERY]: discovery(issuer) }),
      '/keys: it answered with status 404',
      /^AUTH_JWKS_URL must be where/,
    ],
    [
      'something else in the place of keys',
      (issuer) => ({ [DISCOVERY]: discovery(issuer), '/keys': { keys: 'none' } }),
      '/keys is not a key set',
      /^AUTH_JWKS_URL must be where/,
    ],
    [
      'keys for nothing that is accepted',
      (issuer) => ({
        [DISCOVERY]: discovery(issuer),
        '/keys': {
          keys: [
            { ...key.publicJwk, use: 'enc' },
            { kty: 'oct', k: 'AAAA' },
          ],
        },
      }),
      'has no key that can verify a token',
      /^docs\/identity.md has a recipe/,
    ],
  ])('fails on %s', async (_, documents, detail, remedy) => {
    const issuer = server.url('');
    publish(documents(issuer));

    expect(await checksOf({ AUTH_ISSUER: issuer })).toEqual([
      {
        name: 'identity',
        status: 'fail',
        detail: expect.stringContaining(detail),
        remedies: [expect.stringMatching(remedy)],
      },
    ]);
  });

  it('fails on a provider that cannot be reached', async () => {
    const issuer = server.url('');
    await server.stop();
    const [check] = await checksOf({ AUTH_ISSUER: issuer });
    server = await KeyServer.start();

    expect(check).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('warns of another issuer beside keys that are configured', async () => {
    const issuer = server.url('');
    publish({ [DISCOVERY]: discovery(`${issuer}/`), '/keys': KEYS() });
    const source = { AUTH_ISSUER: issuer, AUTH_JWKS_URL: server.url('/keys') };

    expect((await checksOf(source))[0]).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(`is for the issuer "${issuer}/"`),
    });
    // Many providers have keys, and no discovery.
    publish({ '/keys': KEYS() });
    expect((await checksOf(source))[0]).toMatchObject({ status: 'ok' });
  });

  it.each([
    [30, 'warn', 'the provider is 30 s ahead'],
    [-30, 'warn', 'the provider is 30 s behind'],
    [600, 'fail', 'the provider is 600 s ahead, more than AUTH_CLOCK_TOLERANCE'],
  ])('judges a clock that is off by %i s: %s', async (seconds, status, detail) => {
    const issuer = server.url('');
    const at = new Date(Math.round(Date.now() / 1_000) * 1_000 + seconds * 1_000).toUTCString();
    publish({ [DISCOVERY]: discovery(issuer), '/keys': KEYS() }, { Date: at });

    const found = (await checksOf({ AUTH_ISSUER: issuer }))[1];
    expect(found).toMatchObject({ name: 'identity clock', status });
    // The answer took a part of a second.
    expect(found?.detail.replace(/\d+ s/, `${Math.abs(seconds)} s`)).toBe(detail);
  });

  it('looks at each issuer', async () => {
    const issuer = server.url('');
    publish({ [DISCOVERY]: discovery(issuer), '/keys': KEYS() });
    const checks = await checksOf({
      AUTH_ISSUER: issuer,
      ...{ AUTH_2_ISSUER: 'urn:two', AUTH_2_SECRET: SECRET },
      ...{ AUTH_3_ISSUER: server.url('/three'), AUTH_3_AUDIENCE: 'x' },
    });

    expect(checks.map(({ name, status }) => [name, status])).toEqual([
      ['identity', 'ok'],
      ['identity clock', 'ok'],
      ['identity 2', 'ok'],
      ['identity 3', 'fail'],
    ]);
  });
});
