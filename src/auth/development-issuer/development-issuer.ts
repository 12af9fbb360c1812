import { SignJWT } from 'jose';
import { v5 as uuidv5 } from 'uuid';
import { PLAIN_ISSUER } from '../../config/issuers/issuers';
import { openDevelopmentIssuerKey } from './development-issuer-key';
import { normalizeEmail } from '../identity';
import { rulesOf } from '../configured-issuers';
import { type TrustedIssuer, fixedKey } from '../tokens/trusted-issuer';

const ISSUER = 'urn:task-api:development-issuer';
const AUDIENCE = 'task-api';
/** Namespace of the ids that stand for an e-mail address. Never change it. */
const EMAIL_NAMESPACE = '7f1c0b52-9f8e-4c55-8a5b-3c1e6f0d2a94';

export interface DevelopmentToken {
  readonly token: string;
  /** The same for the same address, always; lower-case UUID. */
  readonly userId: string;
  readonly lifetimeSeconds: number;
}

/**
 * Hands out tokens to anyone who asks, so that the API can be tried without an identity provider.
 * It exists only while no identity is configured, and never in production (src/config/env.ts).
 */
export class DevelopmentIssuer {
  static readonly rules = { issuer: ISSUER, audience: AUDIENCE } as const;
  readonly #key: Uint8Array;

  private constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Reads the key in `dataDir`, or makes it. @throws Error when the file cannot be used */
  static open(dataDir: string): DevelopmentIssuer {
    return new DevelopmentIssuer(openDevelopmentIssuerKey(dataDir));
  }

  trusted(requireScopes: boolean): TrustedIssuer {
    const env = { ...PLAIN_ISSUER, issuer: ISSUER, audiences: [AUDIENCE] };
    return { rules: rulesOf(env, requireScopes), keys: [fixedKey(this.#key)] };
  }

  /** @throws RangeError when `email` cannot be an address */
  async issue(request: {
    readonly email: string;
    readonly lifetimeSeconds: number;
  }): Promise<DevelopmentToken> {
    const email = normalizeEmail(request.email);
    if (email === null) throw new RangeError('This is not an e-mail address');
    const { lifetimeSeconds } = request;
    const userId = uuidv5(email, EMAIL_NAMESPACE);
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({ email, email_verified: true })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeSeconds)
      .sign(this.#key);
    return { token, userId, lifetimeSeconds };
  }
}
