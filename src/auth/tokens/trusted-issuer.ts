import type { CryptoKey, FlattenedJWSInput, JWTHeaderParameters, JWTPayload } from 'jose';
import type { RightsRules } from './rights';

/** An issuer whose tokens are accepted. Its keys are good for its own tokens alone. */
export interface TrustedIssuer {
  readonly rules: IssuerRules;
  /** For each algorithm, the first that has it. */
  readonly keys: readonly VerificationKeys[];
}

/** What the tokens of one issuer must say, and how they are read. */
export interface IssuerRules {
  /** Exactly as in `iss`, or a pattern with one `{tid}`. Absent: any, which is for a shared secret alone. */
  readonly issuer?: string;
  /** The tenants of a pattern; absent: every one. */
  readonly tenants?: readonly string[];
  readonly audience: AudienceRules;
  readonly rights: RightsRules;
  /** The claim that names the user. */
  readonly userClaim: string;
  /** Whether the address in `email` is the user's: a claim that must be true, or `always`. */
  readonly emailVerified: string;
  /** Whether a user whom this issuer calls by a UUID has it as user id here, too. One issuer at most. */
  readonly takesOverUuids: boolean;
}

const TENANT = '{tid}';
/** No characters with which a tenant could change the rest of the issuer's name. */
const TENANT_ID = /^[\w.-]{1,255}$/;

export function isPattern(issuer: string): boolean {
  return issuer.includes(TENANT);
}

/** The claim that shows that a token is not from this issuer; undefined if it is. */
export function issuerFault(
  { issuer, tenants }: Pick<IssuerRules, 'issuer' | 'tenants'>,
  { iss, tid }: JWTPayload,
): 'iss' | 'tid' | undefined {
  if (issuer === undefined) return iss === undefined || typeof iss === 'string' ? undefined : 'iss';
  if (!isPattern(issuer)) return iss === issuer ? undefined : 'iss';
  if (typeof tid !== 'string' || !TENANT_ID.test(tid)) return 'iss';
  if (iss !== issuer.replace(TENANT, () => tid)) return 'iss';
  return tenants === undefined || tenants.includes(tid) ? undefined : 'tid';
}

/** For whom the tokens of an issuer must be. */
export interface AudienceRules {
  /** The accepted values of `aud`. Without any, and without clients, any audience is accepted. */
  readonly audiences: readonly string[];
  /** The claims that name the client, for tokens without `aud`. */
  readonly clientClaims: readonly string[];
  readonly clients: readonly string[];
}

/**
 * The claim that shows that a token is not for this API; undefined if it is. An `aud` decides
 * alone: a client of ours may have a token for another API.
 */
export function audienceFault(claims: JWTPayload, rules: AudienceRules): string | undefined {
  const { audiences, clientClaims, clients } = rules;
  if (audiences.length === 0 && clientClaims.length === 0) return undefined;
  if (Object.hasOwn(claims, 'aud')) {
    const named: readonly unknown[] = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    return named.some((one) => isOneOf(audiences, one)) ? undefined : 'aud';
  }
  const present = clientClaims.filter((name) => Object.hasOwn(claims, name));
  if (present.length === 0) return clientClaims[0] ?? 'aud';
  return present.find((name) => !isOneOf(clients, claims[name]));
}

function isOneOf(accepted: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && accepted.includes(value);
}

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
