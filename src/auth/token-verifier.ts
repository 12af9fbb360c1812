import { errors, type JWTPayload, type JWTVerifyResult, jwtVerify } from 'jose';
import { ProblemError } from '../problems/problem-error';
import { FormerUserIds } from './former-user-ids';
import { type Identity, identityFrom } from './identity';
import type { VerificationKeys } from './verification-keys';
import { VerifiedTokenCache } from './verified-token-cache';

/** What a token must say, beside being signed by one of the keys. */
export interface TokenRules {
  readonly issuer?: string;
  readonly audience?: string;
  readonly requireScopes: boolean;
  /** How far the issuer's clock and ours may be apart, in seconds (RFC 7519 §4.1.4, §4.1.5). */
  readonly clockTolerance: number;
}

const MAXIMUM_TOKEN_LENGTH = 8192;
const MAXIMUM_SUBJECT_LENGTH = 255;
/** About 600 bytes each. Ten thousand users active at once cost 6 MB in each process. */
const REMEMBERED_TOKENS = 50_000;
/** Explicit types keep other JWTs of the same issuer out: logout tokens, events, DPoP proofs. */
const ACCEPTED_TYPES: readonly string[] = [
  'jwt',
  'application/jwt',
  'at+jwt',
  'application/at+jwt',
];

/**
 * Decides who the caller is from a bearer token (RFC 7519, checked as RFC 8725 asks).
 *
 * A provider's withdrawn key, and every token signed by it, is honoured for at most the age that
 * `OpenIdKeySet` allows its keys.
 */
export class TokenVerifier {
  readonly #keys: VerificationKeys;
  readonly #rules: TokenRules;
  readonly #cache: VerifiedTokenCache;
  readonly #formerUserIds = new FormerUserIds();
  #hits = 0;
  #misses = 0;

  constructor(keys: VerificationKeys, rules: TokenRules) {
    this.#keys = keys;
    this.#rules = rules;
    this.#cache = new VerifiedTokenCache(REMEMBERED_TOKENS, rules.clockTolerance);
  }

  /**
   * Answers at once, without a promise, for a token that was verified before.
   *
   * Rejects with ProblemError `invalid-token` or `token-expired`, both with `WWW-Authenticate`
   * (RFC 6750 §3.1), or `identity-provider-unavailable` with `Retry-After`.
   */
  verify(token: string): Identity | Promise<Identity> {
    const now = Date.now();
    if (this.#keys.refreshDue(now)) return this.#verifyWithFreshKeys(token);
    return this.#recall(token, now) ?? this.#verifyAnew(token);
  }

  /** Whether `verify` would accept the token without checking its signature. */
  remembers(token: string): boolean {
    return this.#cache.get(token, this.#keys.version, Date.now()) !== undefined;
  }

  /** How often a token was known, and how often not, since the start. */
  get cacheUse(): { readonly hits: number; readonly misses: number; readonly size: number } {
    return { hits: this.#hits, misses: this.#misses, size: this.#cache.size };
  }

  async #verifyWithFreshKeys(token: string): Promise<Identity> {
    await this.#keys.refresh();
    return this.#recall(token, Date.now()) ?? this.#verifyAnew(token);
  }

  #recall(token: string, now: number): Identity | undefined {
    const identity = this.#cache.get(token, this.#keys.version, now);
    if (identity !== undefined) this.#hits += 1;
    return identity;
  }

  async #verifyAnew(token: string): Promise<Identity> {
    this.#misses += 1;
    // Read before verifying: should the keys change meanwhile, the entry must count as an old one.
    const keyVersion = this.#keys.version;
    const identity = identityFrom(await this.#claimsOf(token), this.#rules.requireScopes);
    this.#cache.set(token, keyVersion, identity);
    this.#formerUserIds.warnOf(identity);
    return identity;
  }

  async #claimsOf(token: string): Promise<JWTPayload & { sub: string; exp: number }> {
    if (token.length > MAXIMUM_TOKEN_LENGTH) throw invalidToken('The access token is too long');
    const { issuer, audience, clockTolerance } = this.#rules;
    try {
      const verified = await jwtVerify(token, this.#keys.find, {
        algorithms: [...this.#keys.algorithms],
        clockTolerance,
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      });
      checkHeader(verified);
      return checkClaims(verified.payload);
    } catch (error) {
      throw asProblem(error);
    }
  }
}

function checkHeader({ protectedHeader }: JWTVerifyResult): void {
  const typ: unknown = protectedHeader.typ;
  const accepted = typeof typ === 'string' && ACCEPTED_TYPES.includes(typ.toLowerCase());
  if (typ !== undefined && !accepted) {
    throw invalidToken('The token is not an access token');
  }
  // jose refuses every critical extension but this one (RFC 7797 §7: it has no place in a JWT).
  if ('b64' in protectedHeader) {
    throw invalidToken('The access token uses an extension that is not supported');
  }
}

/**
 * What jose leaves to its caller: that `exp` and `sub` are there (RFC 9068 §2.2), and what `sub` may
 * be. An `iat` in the future refuses nobody: no RFC asks for that, and `nbf` is there for it.
 */
function checkClaims(claims: JWTPayload): JWTPayload & { sub: string; exp: number } {
  const { iss, sub, exp } = claims as Record<string, unknown>;
  if (iss !== undefined && typeof iss !== 'string') throw unacceptedClaim('iss');
  if (typeof sub !== 'string' || sub === '' || sub.length > MAXIMUM_SUBJECT_LENGTH) {
    throw unacceptedClaim('sub');
  }
  // A lone surrogate has no UTF-8 form, so two different subjects could be stored as the same text.
  if (/\p{Surrogate}/u.test(sub)) throw unacceptedClaim('sub');
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw unacceptedClaim('exp');
  return { ...claims, sub, exp };
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof errors.JWTExpired) {
    return refusal('token-expired', 'The claim exp of the access token is in the past', error);
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const isEarly = error.claim === 'nbf' && error.reason === 'check_failed';
    return isEarly
      ? invalidToken('The claim nbf of the access token is in the future', error)
      : unacceptedClaim(error.claim, error);
  }
  return invalidToken('The access token is not valid', error);
}

/** Only a token with a good signature gets this far, so naming the claim helps nobody to forge one. */
function unacceptedClaim(claim: string, cause?: unknown): ProblemError {
  return invalidToken(`The claim ${claim} of the access token is missing or not accepted`, cause);
}

function invalidToken(description: string, cause?: unknown): ProblemError {
  return refusal('invalid-token', description, cause);
}

/**
 * The log gets the same description as the client.
 * @param description ASCII without quotes or backslashes (RFC 6750 §3), never from the request
 */
function refusal(
  code: 'invalid-token' | 'token-expired',
  description: string,
  cause: unknown,
): ProblemError {
  const challenge = `Bearer error="invalid_token", error_description="${description}"`;
  const headers = { 'WWW-Authenticate': challenge };
  return new ProblemError(code, { headers, reason: description, cause });
}
