import { randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';

export const TEST_SECRET = 'G1zq8mUcVt0Yw4Kx7NfRb2LsDhJpEoAi';

/** Somebody with a token. */
export interface Caller {
  readonly userId: string;
  /** Value of the Authorization header. */
  readonly authorization: string;
}

/** A token of AUTH_SECRET mode; claims may be replaced one by one. */
export function signToken(claims: JWTPayload, secret = TEST_SECRET): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ iat: now, exp: now + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
}

/** Somebody new, or the owner of the given claims. */
export async function aCaller(claims: JWTPayload = {}): Promise<Caller> {
  const userId = claims.sub ?? randomUUID();
  const token = await signToken({ sub: userId, ...claims });
  return { userId, authorization: `Bearer ${token}` };
}
