import { hash } from 'node:crypto';
import type { Identity } from './identity';

interface Entry {
  readonly identity: Identity;
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
  readonly #entries = new Map<string, Entry>();

  /** @param clockTolerance seconds for which a token is known beyond its `exp` */
  constructor(capacity: number, clockTolerance: number) {
    this.#capacity = capacity;
    this.#clockTolerance = clockTolerance;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The identity of a token verified under this version of the keys and not expired since. */
  get(token: string, keyVersion: number, nowMs: number): Identity | undefined {
    const entry = this.#entries.get(digestOf(token));
    if (entry?.keyVersion !== keyVersion) return undefined;
    const now = Math.floor(nowMs / 1000);
    return entry.identity.expiresAt > now - this.#clockTolerance ? entry.identity : undefined;
  }

  set(token: string, keyVersion: number, identity: Identity): void {
    const digest = digestOf(token);
    // Deleted first, so that an entry's place in the map is its age.
    this.#entries.delete(digest);
    this.#entries.set(digest, { identity, keyVersion });
    if (this.#entries.size > this.#capacity) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
