import { hash } from 'node:crypto';
import type { CryptoKey, FlattenedJWSInput, JWTHeaderParameters } from 'jose';
import type { Identity } from '../identity';

/** Keys that a token's signature may be checked with, and how current they are. */
export interface VerificationKeys {
  /** The only algorithms accepted (RFC 8725 §3.1). One kind of key never serves another's. */
  readonly algorithms: readonly string[];
  /** Grows whenever the keys change. What was verified under an earlier version is void. */
  readonly version: number;
  /**
   * @param arrivedAt when the token came, by `performance.now()`
   * @throws ProblemError `signing-key-unknown` while a key that is not known may be a new one
   */
  find(
    header: JWTHeaderParameters,
    token: FlattenedJWSInput,
    arrivedAt: number,
  ): Promise<CryptoKey | Uint8Array>;
  /** Whether `refresh` must be awaited before the keys, or anything verified by them, are used. */
  refreshDue(): boolean;
  /** @throws ProblemError `identity-provider-unavailable` when there are no keys to go on with */
  refresh(): Promise<void>;
}

/** One symmetric key that stays the same as long as the process runs. */
export function fixedKey(secret: Uint8Array): VerificationKeys {
  return {
    algorithms: ['HS256'],
    version: 0,
    find: () => Promise.resolve(secret),
    refreshDue: () => false,
    refresh: () => Promise.resolve(),
  };
}

/** What was found out about a token, and by which keys. */
export interface VerifiedToken {
  readonly identity: Identity;
  readonly keys: VerificationKeys;
  /** Of the keys at that time. With another version, it is void. */
  readonly keyVersion: number;
}

/**
 * Remembers whose tokens were found valid, so that a repeated token costs one digest instead of a
 * signature check. Failures are not remembered: they would let anyone push the valid ones out.
 *
 * Keyed by SHA-256 of the whole token, signature included, so that no two tokens share an entry and
 * no token stays in memory. When full, the oldest entry goes; a token still in use is verified once
 * more and comes back (docs/decisions/0011-verified-token-cache.md).
 */
export class VerifiedTokenCache {
  readonly #capacity: number;
  readonly #clockTolerance: number;
  readonly #entries = new Map<string, VerifiedToken>();

  /** @param clockTolerance seconds for which a token is known beyond its `exp` */
  constructor(capacity: number, clockTolerance: number) {
    this.#capacity = capacity;
    this.#clockTolerance = clockTolerance;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is known about a token that has not expired since. */
  get(token: string, nowMs: number): VerifiedToken | undefined {
    const known = this.#entries.get(digestOf(token));
    return known !== undefined && this.isLive(known, nowMs) ? known : undefined;
  }

  /** Whether a token that is known has not expired. */
  isLive({ identity }: VerifiedToken, nowMs: number): boolean {
    return identity.expiresAt > Math.floor(nowMs / 1000) - this.#clockTolerance;
  }

  set(token: string, verified: VerifiedToken): void {
    const digest = digestOf(token);
    // Deleted first, so that an entry's place in the map is its age.
    this.#entries.delete(digest);
    this.#entries.set(digest, verified);
    if (this.#entries.size > this.#capacity) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
