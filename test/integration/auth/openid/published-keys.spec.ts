import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { OpenIdKeySet } from '../../../../src/auth/openid/openid-key-set';
import type { TokenVerifier } from '../../../../src/auth/tokens/token-verifier';
import { verifierFor } from '../../../support/app/issuers';
import { refusalOf } from '../../../support/app/refusal';
import { KeyServer, ProviderKey } from '../../../support/http/key-server';

const ISSUER = 'https://id.example.com';
const claims = { iss: ISSUER, aud: 'task-api', sub: 'ada', exp: Date.now() / 1000 + 3600 };

let server: KeyServer;
let oldKey: ProviderKey;
let newKey: ProviderKey;

beforeAll(async () => {
  Logger.overrideLogger(false);
  oldKey = await ProviderKey.generate('old');
  newKey = await ProviderKey.generate('new');
});
beforeEach(async () => {
  server = await KeyServer.start();
});
afterEach(() => server.stop());

const verifier = (): TokenVerifier =>
  verifierFor(new OpenIdKeySet(ISSUER, server.url('/keys')), {
    issuer: ISSUER,
    audience: 'task-api',
  });
const tokenOf = (key: ProviderKey, sub = 'ada'): Promise<string> => key.token({ ...claims, sub });

describe('keys without a name', () => {
  const nameless = (...keys: ProviderKey[]): void => {
    server.answerJson({ keys: keys.map(({ publicJwk: { kid: _, ...jwk } }) => jwk) });
  };
  const unnamed = (key: ProviderKey, sub = 'ada'): Promise<string> =>
    key.token({ ...claims, sub }, { kid: undefined });

  it('are tried in turn by a token without a name, so that one may replace the other', async () => {
    nameless(oldKey, newKey);
    const tokens = verifier();

    await expect(tokens.verify(await unnamed(oldKey))).resolves.toBeDefined();
    await expect(tokens.verify(await unnamed(newKey, 'bob'))).resolves.toBeDefined();
    const forged = await unnamed(await ProviderKey.generate('other'));
    expect((await refusalOf(() => tokens.verify(forged))).reason).toBe(
      'The signature of the access token is not valid',
    );
  });

  it('are not those of a token that names one', async () => {
    nameless(oldKey, newKey);
    const { reason } = await refusalOf(async () => verifier().verify(await tokenOf(oldKey)));
    expect(reason).toBe('The key of the access token is not one of its issuer');
  });

  it('stand in for no key with a name: of those, a token names one', async () => {
    const spare = await ProviderKey.generate('spare');
    const { kid: _, ...jwk } = newKey.publicJwk;
    server.answerJson({ keys: [oldKey.publicJwk, spare.publicJwk, jwk] });
    const tokens = verifier();

    await expect(tokens.verify(await unnamed(newKey))).resolves.toBeDefined();
    expect((await refusalOf(async () => tokens.verify(await unnamed(oldKey)))).code).toBe(
      'invalid-token',
    );
  });

  it('may have one name together, and are tried in turn then, too', async () => {
    const twin = await ProviderKey.generate('old');
    server.answerKeys(oldKey, twin);
    const tokens = verifier();

    await expect(tokens.verify(await tokenOf(oldKey))).resolves.toBeDefined();
    await expect(tokens.verify(await tokenOf(twin, 'bob'))).resolves.toBeDefined();
  });
});
