import type { JWTPayload } from 'jose';
import type { AudienceRules } from './audience';
import type { RightsRules } from './rights';

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
/** Nothing with which a tenant could reach into the rest of the issuer's name. */
const TENANT_ID = /^[\w.-]{1,255}$/;

export function isPattern(issuer: string): boolean {
  return issuer.includes(TENANT);
}

/** The claim that says a token is not of this issuer; undefined where it is. */
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
