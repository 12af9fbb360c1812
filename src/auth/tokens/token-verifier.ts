import type { OnApplicationBootstrap } from '@nestjs/common';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { ProblemError } from '../../problems/problem-error';
import { audienceFault, issuerFault, type IssuerRules } from './issuer-rules';
import { FormerUserIds, type Identity, identityFrom } from '../identity';
import { checkedClaims, checkType } from './token-checks';
import { expiredToken, invalidToken, otherKind, unacceptedClaim } from './token-refusal';
import { type VerificationKeys, type VerifiedToken, VerifiedTokenCache } from './verified-tokens';

/** An issuer whose tokens are accepted. Its keys are good for its own tokens alone. */
export interface TrustedIssuer {
  readonly rules: IssuerRules;
  /** For each algorithm, the first that has it. */
  readonly keys: readonly VerificationKeys[];
}

const MAXIMUM_TOKEN_LENGTH = 8192;
/** About 600 bytes each. Ten thousand users active at once cost 6 MB in each process. */
const REMEMBERED_TOKENS = 50_000;
const PARTS_OF_ENCRYPTED = 5;

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
   * Reads the keys of all issuers, so that the log warns at the start where that fails, and the first
   * token finds them there. Nobody waits for it: the API comes up while a provider is down.
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
    const { rules, keys } = this.#sourceOf(token);
    if (keys.refreshDue()) await keys.refresh();
    // Read before verifying: should the keys change meanwhile, the entry must count as an old one.
    const keyVersion = keys.version;
    const identity = identityFrom(await this.#claimsOf({ token, arrivedAt }, rules, keys), rules);
    this.#cache.set(token, { identity, keys, keyVersion });
    if (rules.takesOverUuids) this.#formerUserIds.warnOf(identity);
    return identity;
  }

  /** The issuer that the token names, and the keys to verify it with. Nothing is proved yet. */
  #sourceOf(token: string): { readonly rules: IssuerRules; readonly keys: VerificationKeys } {
    const { algorithm, claims } = read(token);
    const faults = this.#issuers.map(({ rules }) => issuerFault(rules, claims));
    const issuer = this.#issuers[faults.indexOf(undefined)];
    if (issuer === undefined) throw unacceptedClaim(faults.includes('tid') ? 'tid' : 'iss');
    const keys = issuer.keys.find(({ algorithms }) => algorithms.includes(algorithm));
    if (keys === undefined) {
      const accepted = issuer.keys.flatMap(({ algorithms }) => algorithms);
      throw otherKind(
        'The algorithm of the access token is not accepted',
        `sign with ${accepted.join(', ')}.`,
      );
    }
    return { rules: issuer.rules, keys };
  }

  async #claimsOf(
    { token, arrivedAt }: { readonly token: string; readonly arrivedAt: number },
    rules: IssuerRules,
    keys: VerificationKeys,
  ): Promise<JWTPayload & { readonly exp: number }> {
    try {
      const key: JWTVerifyGetKey = (header, jws) => keys.find(header, jws, arrivedAt);
      const verified = await jwtVerify(token, key, {
        algorithms: [...keys.algorithms],
        clockTolerance: this.#clockTolerance,
      });
      checkType(verified.protectedHeader);
      const { payload } = verified;
      const fault = issuerFault(rules, payload) ?? audienceFault(payload, rules.audience);
      if (fault !== undefined) throw unacceptedClaim(fault);
      return checkedClaims(payload, rules.userClaim);
    } catch (error) {
      throw asProblem(error);
    }
  }
}

function isCurrent({ keys, keyVersion }: VerifiedToken): boolean {
  return keys.version === keyVersion;
}

function read(token: string): { readonly algorithm: string; readonly claims: JWTPayload } {
  if (token.length > MAXIMUM_TOKEN_LENGTH) {
    throw otherKind(
      'The access token is too long',
      `it may have ${MAXIMUM_TOKEN_LENGTH} characters; leave out claims.`,
    );
  }
  if (token.split('.').length === PARTS_OF_ENCRYPTED) {
    throw otherKind('The access token is encrypted', 'use one that is signed only (a JWS).');
  }
  try {
    const { alg } = decodeProtectedHeader(token);
    return { algorithm: String(alg), claims: decodeJwt(token) };
  } catch {
    throw otherKind(
      'The access token is not a JWT',
      'send a signed JWT; an opaque token or a session id says nothing to this API.',
    );
  }
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof errors.JWTExpired) return expiredToken(error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const isEarly = error.claim === 'nbf' && error.reason === 'check_failed';
    return isEarly ? earlyToken(error) : unacceptedClaim(error.claim, error);
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return invalidToken({
      description: 'The key of the access token is not one of its issuer',
      cause: error,
    });
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return otherKind(
      'The access token names no key where several would do',
      'its header needs the kid of its key.',
    );
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return invalidToken({
      description: 'The signature of the access token is not valid',
      cause: error,
    });
  }
  return invalidToken({ description: 'The access token is not valid', cause: error });
}

function earlyToken(cause: unknown): ProblemError {
  return invalidToken({
    description: 'The claim nbf of the access token is in the future',
    advice: 'Wait until then. If that should be now, the clocks of issuer and server differ.',
    cause,
  });
}
