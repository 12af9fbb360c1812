import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KEY_SET_TIMING, OpenIdKeySet } from '../../../src/auth/openid/openid-key-set';
import type { TokenVerifier } from '../../../src/auth/tokens/token-verifier';
import { stopClock } from '../../support/app/clock';
import { verifierFor } from '../../support/app/issuers';
import { compactJws } from '../../support/http/jws';
import { KeyServer, ProviderKey } from '../../support/http/key-server';
import { refusalOf } from '../../support/app/refusal';

const ISSUER = 'https://id.example.com';
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const claims = {
  iss: ISSUER,
  aud: 'task-api',
  sub: 'ada',
  exp: Math.floor(Date.now() / 1000) + 3600,
};

/** One key of each kind, with the algorithm as its kid. */
const keys = new Map<string, ProviderKey>();
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const strayEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SYMMETRIC = Buffer.from('q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT');

let server: KeyServer;
let tokens: TokenVerifier;

function keyOf(algorithm: string): ProviderKey {
  const key = keys.get(algorithm);
  if (key === undefined) throw new Error(`No key for ${algorithm}`);
  return key;
}

beforeAll(async () => {
  stopClock(new Date());
  Logger.overrideLogger(false);
  for (const algorithm of ALGORITHMS) {
    keys.set(algorithm, await ProviderKey.generate(algorithm, algorithm));
  }
  const encryption = await ProviderKey.generate('encryption');
  server = await KeyServer.start();
  server.answerJson({
    keys: [
      ...[...keys.values()].map(({ publicJwk }) => publicJwk),
      { ...weakRsa.publicKey.export({ format: 'jwk' }), kid: 'weak' },
      { ...encryption.publicJwk, use: 'enc' },
      { ...strayEc.privateKey.export({ format: 'jwk' }), kid: 'private' },
      { kty: 'oct', k: SYMMETRIC.toString('base64url'), kid: 'symmetric' },
      { kty: 'FUTURE', kid: 'future' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken' },
    ],
  });
  keys.set('encryption', encryption);
  tokens = verifierFor(new OpenIdKeySet(ISSUER, server.url('/keys')), {
    issuer: ISSUER,
    audience: 'task-api',
  });
  await tokens.verify(await keyOf('ES256').token(claims));
});
afterAll(async () => {
  jest.useRealTimers();
  await server.stop();
});

describe('a token of a provider', () => {
  it.each(ALGORITHMS)('may be signed by %s', async (algorithm) => {
    await expect(tokens.verify(await keyOf(algorithm).token(claims))).resolves.toMatchObject({
      subject: 'ada',
    });
  });

  it('may name EdDSA and Ed25519 by either name (RFC 9864)', async () => {
    const token = await keyOf('EdDSA').token({ ...claims, sub: 'bob' }, { alg: 'Ed25519' });
    await expect(tokens.verify(token)).resolves.toMatchObject({ subject: 'bob' });
  });

  /** Also where the keys may be read again for it. */
  async function refused(token: string): Promise<void> {
    jest.advanceTimersByTime(KEY_SET_TIMING.cooldown);
    expect((await refusalOf(() => tokens.verify(token))).code).toBe('invalid-token');
  }

  it.each(['spki', 'pkcs1'] as const)(
    'may not be signed by HS256 with the public key as its secret (%s)',
    async (type) => {
      const publicKey = createPublicKey({ key: keyOf('RS256').publicJwk, format: 'jwk' });
      for (const secret of [
        publicKey.export({ type, format: 'pem' }),
        publicKey.export({ type, format: 'der' }),
        JSON.stringify(keyOf('RS256').publicJwk),
      ]) {
        const header = { alg: 'HS256', kid: 'RS256' };
        const hs256 = (input: string): Buffer =>
          createHmac('sha256', secret).update(input).digest();
        await refused(compactJws(header, claims, hs256));
      }
    },
  );

  it('may not be signed by HS256 with a secret that the provider publishes', async () => {
    const hs256 = (input: string): Buffer => createHmac('sha256', SYMMETRIC).update(input).digest();
    await refused(compactJws({ alg: 'HS256', kid: 'symmetric' }, claims, hs256));
  });

  it('may not be signed with an RSA key of 1024 bits', async () => {
    const rs256 = (input: string): Buffer => sign('sha256', Buffer.from(input), weakRsa.privateKey);
    await refused(compactJws({ alg: 'RS256', kid: 'weak' }, claims, rs256));
  });

  it('may not be signed with a key that is meant for encryption', async () => {
    await refused(await keyOf('encryption').token(claims));
  });

  it('may not be signed with a private key that the provider has let slip', async () => {
    const key = { key: strayEc.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const es256 = (input: string): Buffer => sign('sha256', Buffer.from(input), key);
    await refused(compactJws({ alg: 'ES256', kid: 'private' }, claims, es256));
  });

  it.each([
    ['of another kind', 'ES256', 'RS256'],
    ['that cannot be read', 'ES256', 'broken'],
    ['of an unknown kind', 'ES256', 'future'],
    ['that is not there', 'ES256', 'missing'],
  ])('may not name a key %s', async (_, algorithm, kid) => {
    await refused(await keyOf(algorithm).token(claims, { kid }));
  });

  it('must name its key where several would do', async () => {
    await refused(await keyOf('RS256').token(claims, { kid: undefined }));
  });

  it.each(['none', 'None', ''])('may not be unsigned: alg %j', async (alg) => {
    await refused(compactJws({ alg, kid: 'RS256' }, claims, () => Buffer.alloc(0)));
  });

  it('does not bring its own key, or name the place of one', async () => {
    const intruder = await KeyServer.start();
    const own = await ProviderKey.generate('ES256');
    intruder.answerKeys(own);
    for (const header of [
      { jwk: own.publicJwk },
      { jku: intruder.url('/keys') },
      { x5u: intruder.url('/cert') },
      { jku: intruder.url('/keys'), kid: 'own' },
    ]) {
      await refused(await own.token(claims, header));
    }
    await intruder.stop();
    expect(intruder.requests).toEqual([]);
  });

  it('must have its signature, and the one of its own claims', async () => {
    const [header, payload, signature] = (await keyOf('ES256').token(claims)).split('.');
    const [, otherPayload] = (await keyOf('ES256').token({ ...claims, sub: 'eve' })).split('.');
    await refused(`${header}.${payload}.`);
    await refused(`${header}.${otherPayload}.${signature}`);
    await refused(`${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`);
  });
});
