import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Logger } from '@nestjs/common';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { KEY_SET_TIMING, OpenIdKeySet } from '../../../src/auth/openid/openid-key-set';
import type { TokenVerifier } from '../../../src/auth/tokens/token-verifier';
import { stopClock } from '../../support/app/clock';
import { OWN_SCOPE_NAMES, verifierFor } from '../../support/app/issuers';
import { refusalOf } from '../../support/app/refusal';

const CLIENT_ID = '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11';
const API = 'https://tasks.example.com/';

let provider: ChildProcess;
let issuer: string;
let oldKey: JWK;
let newKey: JWK;

beforeAll(async () => {
  Logger.overrideLogger(false);
  [oldKey, newKey] = [await privateJwk('old', 'RS256'), await privateJwk('new', 'ES256')];
  provider = fork(join(__dirname, '../../support/http/openid-provider.mjs'), { silent: true });
  [issuer] = (await once(provider, 'message')) as [string];
});
afterAll(async () => {
  const exited = once(provider, 'exit');
  provider.disconnect();
  await exited;
});
beforeEach(async () => {
  await useKeys(oldKey);
  stopClock(new Date());
});
afterEach(() => {
  jest.useRealTimers();
});

async function privateJwk(kid: string, alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

async function useKeys(...keys: readonly JWK[]): Promise<void> {
  const ready = once(provider, 'message');
  provider.send(keys);
  await ready;
}

/** An access token by the client-credentials grant, for one resource (RFC 8707). */
async function accessToken(parameters: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`${CLIENT_ID}:test-client-secret`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: API, ...parameters }),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(JSON.stringify(answer));
  return answer.access_token;
}

function verifier(): TokenVerifier {
  return verifierFor(new OpenIdKeySet(issuer), { issuer, audience: API });
}

describe('a real OpenID provider', () => {
  it('is discovered, and its access tokens say who calls', async () => {
    const identity = await verifier().verify(await accessToken());

    expect(identity).toEqual({
      userId: CLIENT_ID,
      subject: CLIENT_ID,
      email: null,
      scopes: 'unrestricted',
      scopeNames: OWN_SCOPE_NAMES,
      expiresAt: expect.any(Number),
    });
  });

  it('restricts a token to the scopes that were asked for', async () => {
    const identity = await verifier().verify(await accessToken({ scope: 'tasks:read' }));
    expect(identity.scopes).toEqual(new Set(['tasks:read']));
  });

  it('issues tokens for other APIs, which are refused', async () => {
    const token = await accessToken({ resource: 'https://other.example.com/' });
    expect((await refusalOf(() => verifier().verify(token))).code).toBe('invalid-token');
  });

  it('rotates its key while the API runs', async () => {
    const tokens = verifier();
    const signedByOld = await accessToken();
    const identity = await tokens.verify(signedByOld);

    // Both are published, the new one signs.
    await useKeys(newKey, oldKey);
    const signedByNew = await accessToken();
    jest.advanceTimersByTime(KEY_SET_TIMING.cooldown);
    await expect(tokens.verify(signedByNew)).resolves.toMatchObject({ userId: CLIENT_ID });
    await expect(tokens.verify(signedByOld)).resolves.toEqual(identity);
    expect(tokens.verify(signedByOld)).toMatchObject({ userId: CLIENT_ID });

    // The old one is withdrawn.
    await useKeys(newKey);
    jest.advanceTimersByTime(KEY_SET_TIMING.maximumAge);
    expect((await refusalOf(() => tokens.verify(signedByOld))).code).toBe('invalid-token');
    await expect(tokens.verify(signedByNew)).resolves.toMatchObject({ userId: CLIENT_ID });
  });
});
