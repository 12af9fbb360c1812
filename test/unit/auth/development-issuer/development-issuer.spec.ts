import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { DevelopmentIssuer } from '../../../../src/auth/development-issuer/development-issuer';
import { TokenVerifier } from '../../../../src/auth/tokens/token-verifier';
import { OWN_SCOPE_NAMES } from '../../../support/app/issuers';
import { refusalOf } from '../../../support/app/refusal';

let dataDir: string;
let issuer: DevelopmentIssuer;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'issuer-'));
  issuer = DevelopmentIssuer.open(dataDir);
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const verifierOf = (itsIssuer: DevelopmentIssuer): TokenVerifier =>
  new TokenVerifier([itsIssuer.trusted(false)], 60);

describe('development issuer', () => {
  it('issues tokens that its verifier accepts', async () => {
    const before = Math.floor(Date.now() / 1000);
    const issued = await issuer.issue({ email: 'Ada@Example.com', lifetimeSeconds: 600 });
    const identity = await verifierOf(issuer).verify(issued.token);

    expect(identity).toEqual({
      userId: issued.userId,
      subject: issued.userId,
      email: 'ada@example.com',
      scopes: 'unrestricted',
      scopeNames: OWN_SCOPE_NAMES,
      expiresAt: expect.any(Number),
    });
    expect(identity.expiresAt).toBeGreaterThanOrEqual(before + 600);
    expect(issued.lifetimeSeconds).toBe(600);
  });

  it('says what an access token says (RFC 9068)', async () => {
    const { token, userId } = await issuer.issue({ email: 'ada@example.com', lifetimeSeconds: 60 });

    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
    const { iat, exp, ...claims } = decodeJwt(token);
    expect(claims).toEqual({
      iss: 'urn:task-api:development-issuer',
      aud: 'task-api',
      sub: userId,
      email: 'ada@example.com',
      email_verified: true,
    });
    expect(Number(exp) - Number(iat)).toBe(60);
  });

  it('gives the same user to the same address, always', async () => {
    const userOf = async (from: DevelopmentIssuer, email: string): Promise<string> =>
      (await from.issue({ email, lifetimeSeconds: 60 })).userId;
    const ada = await userOf(issuer, 'ada@example.com');

    expect(ada).toBe('ed4b384c-a491-5f17-be8c-ec1cb405d3be');
    expect(await userOf(issuer, 'ADA@example.COM')).toBe(ada);
    expect(await userOf(DevelopmentIssuer.open(join(dataDir, 'other')), 'ada@example.com')).toBe(
      ada,
    );
    expect(await userOf(issuer, 'bob@example.com')).not.toBe(ada);
  });

  it('survives a restart, and is of no use elsewhere', async () => {
    const { token } = await issuer.issue({ email: 'ada@example.com', lifetimeSeconds: 60 });

    await expect(verifierOf(DevelopmentIssuer.open(dataDir)).verify(token)).resolves.toBeDefined();
    const elsewhere = verifierOf(DevelopmentIssuer.open(join(dataDir, 'other')));
    expect((await refusalOf(() => elsewhere.verify(token))).code).toBe('invalid-token');
  });

  it.each(['', 'ada', 'ada@'])('refuses what is not an address: %j', async (email) => {
    await expect(issuer.issue({ email, lifetimeSeconds: 60 })).rejects.toThrow(RangeError);
  });
});
