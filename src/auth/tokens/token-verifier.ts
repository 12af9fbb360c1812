import { hash } from 'node:crypto';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { FormerUserIds, type Identity, identityFrom } from '../identity';
import type { TrustedIssuer, VerificationKeys } from './trusted-issuer';
import { sourceOf, verifiedClaims } from './token-checks';

/** About 600 bytes each. Ten thousand users active at once cost 6 MB in each process. */
const REMEMBERED_TOKENS = 50_000;

/**
 * Decides who the caller is from a bearer token (RFC 7519, checked as RFC 8725 asks).
 *
 * A provider's withdrawn key, and every token signed by it, is honoured for at most the age that
 * `OpenIdKeySet` allows its keys.
 */
export class TokenVerifier implements OnApplicationBootstrap {
  readonly #issuers: readonly TrustedIssuer[];
  readonly #clockTolerance: number;
  readonly #cache: VerifiedTokenCache;
  readonly #formerUserIds = new FormerUserIds();
  #hits = 0;
  #misses = 0;

  /** @param clockTolerance how far an issuer's clock and ours may be apart, in seconds (RFC 7519 §4.1.4, §4.1.5) */
  constructor(issuers: readonly TrustedIssuer[], clockTolerance: number) {
    this.#issuers = issuers;
    this.#clockTolerance = clockTolerance;
    this.#cache = new VerifiedTokenCache(REMEMBERED_TOKENS, clockTolerance);
  }

  /**
   * Answers at once, without a promise, for a token that was verified before.
   *
   * Rejects with ProblemError `invalid-token` or `token-expired`, both with `WWW-Authenticate`
   * (RFC 6750 §3.1), or `identity-provider-unavailable` or `signing-key-unknown`, both with
   * `Retry-After`.
   * @param recalled what `recall` has found for this token a moment ago
   */
  verify(token: string, recalled?: VerifiedToken): Identity | Promise<Identity> {
    const now = Date.now();
    const isLive = recalled !== undefined && this.#cache.isLive(recalled, now);
    const known = isLive ? recalled : this.#cache.get(token, now);
    if (known === undefined) return this.#verifyAnew(token);
    if (known.keys.refreshDue()) return this.#verifyWithFreshKeys(token, known);
    return this.#identityOf(known) ?? this.#verifyAnew(token);
  }

  /**
   * Reads the keys of all issuers, so that the log warns at the start where that fails, and the
   * first token finds them there. Nothing waits for it: the API starts even while a provider is
   * down.
   */
  onApplicationBootstrap(): void {
    for (const keys of this.#issuers.flatMap((issuer) => issuer.keys)) {
      // The provider's log has the reason, and the first token asks again.
      if (keys.refreshDue()) keys.refresh().catch(() => undefined);
    }
  }

  /** What is known of a token that `verify` would accept without checking its signature. */
  recall(token: string): VerifiedToken | undefined {
    const known = this.#cache.get(token, Date.now());
    return known !== undefined && isCurrent(known) ? known : undefined;
  }

  /** How often a token was known, and how often not, since the start. */
  get cacheUse(): { readonly hits: number; readonly misses: number; readonly size: number } {
    return { hits: this.#hits, misses: this.#misses, size: this.#cache.size };
  }

  async #verifyWithFreshKeys(token: string, known: VerifiedToken): Promise<Identity> {
    await known.keys.refresh();
    return this.#identityOf(known) ?? this.#verifyAnew(token);
  }

  #identityOf(known: VerifiedToken): Identity | undefined {
    if (!isCurrent(known)) return undefined;
    this.#hits += 1;
    return known.identity;
  }

  async #verifyAnew(token: string): Promise<Identity> {
    this.#misses += 1;
    const arrivedAt = performance.now();
    const source = sourceOf(token, this.#issuers);
    const { rules, keys } = source;
    if (keys.refreshDue()) await keys.refresh();
    // Read before verifying: if the keys change meanwhile, the entry must count as outdated.
    const keyVersion = keys.version;
    const received = { token, arrivedAt, clockTolerance: this.#clockTolerance };
    const identity = identityFrom(await verifiedClaims(received, source), rules);
    this.#cache.set(token, { identity, keys, keyVersion });
    if (rules.takesOverUuids) this.#formerUserIds.warnOf(identity);
    return identity;
  }
}

function isCurrent({ keys, keyVersion }: VerifiedToken): boolean {
  return keys.version === keyVersion;
}

/** What was found out about a token, and by which keys. */
export interface VerifiedToken {
  readonly identity: Identity;
  readonly keys: VerificationKeys;
  /** The version of the keys at that time. Any other version makes the entry void. */
  readonly keyVersion: number;
}

/**
 * Remembers valid tokens, so that a repeated token costs one digest instead of a signature check.
 * Failures are not remembered: anyone could evict the valid ones with them.
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
