import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { OpenIdKeySet } from '../../../../src/auth/openid/openid-key-set';
import type { TokenVerifier } from '../../../../src/auth/tokens/token-verifier';
import { stopClock } from '../../../support/app/clock';
import { verifierFor } from '../../../support/app/issuers';
import { KeyServer, ProviderKey } from '../../../support/http/key-server';
import { refusalOf } from '../../../support/app/refusal';

const DISCOVERY = '/.well-known/openid-configuration';

let server: KeyServer;
let key: ProviderKey;

beforeAll(async () => {
  Logger.overrideLogger(false);
  key = await ProviderKey.generate('key');
});
beforeEach(async () => {
  stopClock();
  server = await KeyServer.start();
});
afterEach(async () => {
  jest.useRealTimers();
  await server.stop();
});

/** Publishes a discovery document at every path but `/keys`. */
function publish(document: unknown): void {
  server.answer = (request, response) => {
    const body = request.url === '/keys' ? { keys: [key.publicJwk] } : document;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
}

function verifierOf(issuer: string): TokenVerifier {
  return verifierFor(new OpenIdKeySet(issuer), { issuer, audience: 'task-api' });
}

const tokenOf = (issuer: string): Promise<string> =>
  key.token({ iss: issuer, aud: 'task-api', sub: 'ada', exp: Date.now() / 1000 + 3600 });

describe('discovery', () => {
  it.each([
    ['', DISCOVERY],
    ['/', DISCOVERY],
    ['/realms/one', `/realms/one${DISCOVERY}`],
    ['/realms/one/', `/realms/one${DISCOVERY}`],
  ])('of an issuer with the path %j asks %s, once', async (path, expected) => {
    const issuer = server.url(path);
    publish({ issuer, jwks_uri: server.url('/keys') });
    const tokens = verifierOf(issuer);
    expect(server.requests).toEqual([]);

    const token = await tokenOf(issuer);
    await Promise.all([tokens.verify(token), tokens.verify(token)]);
    expect(server.requests).toEqual([expected, '/keys']);

    jest.advanceTimersByTime(600_000);
    await tokens.verify(token);
    expect(server.requests).toEqual([expected, '/keys', '/keys']);
  });

  it.each<[string, (issuer: string) => unknown]>([
    [
      'is for another issuer',
      () => ({ issuer: 'https://evil.example', jwks_uri: server.url('/keys') }),
    ],
    [
      'adds a slash to the issuer',
      (issuer) => ({ issuer: `${issuer}/`, jwks_uri: server.url('/keys') }),
    ],
    ['names no issuer', () => ({ jwks_uri: server.url('/keys') })],
    ['names no keys', (issuer) => ({ issuer })],
    ['names keys that are no URL', (issuer) => ({ issuer, jwks_uri: '/keys' })],
    ['names keys that are a list', (issuer) => ({ issuer, jwks_uri: [server.url('/keys')] })],
    ['names keys in a file', (issuer) => ({ issuer, jwks_uri: 'file:///etc/passwd' })],
    // The server is there; the name is none of this machine's.
    [
      'names keys over http elsewhere',
      (issuer) => ({ issuer, jwks_uri: `http://0.0.0.0:${server.port}/keys` }),
    ],
    ['is a list', () => []],
    ['is null', () => null],
  ])('is unavailable when the document %s', async (_, document) => {
    const issuer = server.url('/realm');
    publish(document(issuer));
    const tokens = verifierOf(issuer);

    const problem = await refusalOf(async () => tokens.verify(await tokenOf(issuer)));
    expect(problem.code).toBe('identity-provider-unavailable');
    expect(problem.headers).toEqual({ 'Retry-After': '1' });
    expect(server.requests).toEqual([`/realm${DISCOVERY}`]);
  });

  it('rests after a failure, and is tried again', async () => {
    const issuer = server.url('');
    const tokens = verifierOf(issuer);
    const token = await tokenOf(issuer);
    await refusalOf(() => tokens.verify(token));
    publish({ issuer, jwks_uri: server.url('/keys') });

    await refusalOf(() => tokens.verify(token));
    expect(server.requests).toEqual([DISCOVERY]);
    jest.advanceTimersByTime(1000);
    await expect(tokens.verify(token)).resolves.toMatchObject({ subject: 'ada' });
  });
});
