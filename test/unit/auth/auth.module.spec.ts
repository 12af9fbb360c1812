import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { SignJWT } from 'jose';
import { AuthModule } from '../../../src/auth/auth.module';
import { DevelopmentIssuer } from '../../../src/auth/development-issuer/development-issuer';
import { openDevelopmentIssuerKey } from '../../../src/auth/development-issuer/development-issuer-key';
import { TokenVerifier } from '../../../src/auth/tokens/token-verifier';
import { ConfigModule } from '../../../src/config/config.module';
import { parseEnv } from '../../../src/config/env';
import { RateLimitModule } from '../../../src/rate-limit/rate-limit.module';
import { refusalOf } from '../../support/app/refusal';

const SECRET = 'q7Wn3xZt0LkD9vRb5sYcE1uHgJmPaFoT';

let directory: string;
let dataDir: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'auth-module-'));
  dataDir = join(directory, 'data');
});
afterAll(() => rmSync(directory, { recursive: true }));

const moduleWith = (source: Record<string, string>) => {
  const env = parseEnv({ DATA_DIR: dataDir, ...source });
  return Test.createTestingModule({
    imports: [ConfigModule.register(env), RateLimitModule, AuthModule.register(env)],
  }).compile();
};

const token = (
  claims: Record<string, unknown>,
  key: Uint8Array = Buffer.from(SECRET),
): Promise<string> =>
  new SignJWT({ sub: 'ada', exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(key);

describe('identity of the application', () => {
  it('is checked with the shared secret', async () => {
    const tokens = (await moduleWith({ AUTH_SECRET: SECRET })).get(TokenVerifier);

    await expect(tokens.verify(await token({}))).resolves.toMatchObject({
      subject: 'ada',
      scopes: 'unrestricted',
    });
  });

  it('must be from the issuer and for the audience that are configured beside the secret', async () => {
    const source = { AUTH_SECRET: SECRET, AUTH_ISSUER: 'our-front-end', AUTH_AUDIENCE: 'tasks' };
    const tokens = (await moduleWith(source)).get(TokenVerifier);
    const good = { iss: 'our-front-end', aud: 'tasks' };

    await expect(tokens.verify(await token(good))).resolves.toBeDefined();
    for (const wrong of [{ iss: 'x' }, { aud: 'x' }]) {
      const bad = await token({ ...good, ...wrong });
      expect((await refusalOf(() => tokens.verify(bad))).code).toBe('invalid-token');
    }
  });

  it('needs scopes when AUTH_REQUIRE_SCOPES is on', async () => {
    const source = { AUTH_SECRET: SECRET, AUTH_REQUIRE_SCOPES: 'on' };
    const tokens = (await moduleWith(source)).get(TokenVerifier);
    await expect(tokens.verify(await token({}))).resolves.toMatchObject({ scopes: new Set() });
  });

  it('leaves no key on the disk where one is configured', async () => {
    await moduleWith({ AUTH_SECRET: SECRET });
    await moduleWith({ AUTH_ISSUER: 'https://id.example.com', AUTH_AUDIENCE: 'tasks' });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('is issued here where none is configured', async () => {
    const module = await moduleWith({});
    const issuer = module.get(DevelopmentIssuer, { strict: false });
    const issued = await issuer.issue({ email: 'ada@example.com', lifetimeSeconds: 60 });

    await expect(
      module.get(TokenVerifier, { strict: false }).verify(issued.token),
    ).resolves.toMatchObject({ userId: issued.userId });
  });

  it('is issued for this API alone, even with the key of the development issuer', async () => {
    const module = await moduleWith({});
    const tokens = module.get(TokenVerifier, { strict: false });
    const key = openDevelopmentIssuerKey(dataDir);
    const { issuer, audience } = DevelopmentIssuer.rules;

    const good = { iss: issuer, aud: audience };
    await expect(tokens.verify(await token(good, key))).resolves.toBeDefined();
    for (const wrong of [{ iss: 'x' }, { aud: 'x' }]) {
      const bad = await token({ ...good, ...wrong }, key);
      expect((await refusalOf(() => tokens.verify(bad))).code).toBe('invalid-token');
    }
  });

  it.each([{ AUTH_SECRET: SECRET }, {}])(
    'grants the clock tolerance that AUTH_CLOCK_TOLERANCE says: %j',
    async (source) => {
      const nbf = Math.floor(Date.now() / 1000) + 300;
      const { issuer: iss, audience: aud } = DevelopmentIssuer.rules;
      const early = (key: Uint8Array) => token({ iss, aud, nbf, exp: nbf + 60 }, key);

      const module = await moduleWith({ ...source, AUTH_CLOCK_TOLERANCE: '310' });
      const strict = await moduleWith(source);
      const key = 'AUTH_SECRET' in source ? Buffer.from(SECRET) : openDevelopmentIssuerKey(dataDir);

      const granted = module.get(TokenVerifier, { strict: false }).verify(await early(key));
      await expect(granted).resolves.toBeDefined();
      const tokens = strict.get(TokenVerifier, { strict: false });
      expect((await refusalOf(async () => tokens.verify(await early(key)))).code).toBe(
        'invalid-token',
      );
    },
  );
});
