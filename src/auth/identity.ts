import { hash } from 'node:crypto';
import { isEmail } from 'class-validator';
import type { JWTPayload } from 'jose';
import { stringify } from 'uuid';

/** What a token may be restricted to. */
export const SCOPES = ['tasks:read', 'tasks:write', 'users:read', 'users:write'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who the caller is: what a verified token says, in the terms of this API. */
export interface Identity {
  /** Lower-case UUID; the `user_id` of the caller's own paths. */
  readonly userId: string;
  /** The token's `sub`, as the issuer wrote it. */
  readonly subject: string;
  /** Lower-case, at most 254 characters; null unless the issuer has verified the address. */
  readonly email: string | null;
  readonly scopes: ReadonlySet<Scope> | 'unrestricted';
  /** The token's `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
}

const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Keeps derived ids apart from anything else that hashes the same text. Never change it. */
const DERIVED_ID_DOMAIN = 'task-api/user-id/v1';

/**
 * The user id of a subject. A `sub` that is a UUID in lower case is the id; any other becomes a
 * UUIDv8 of (issuer, sub), so that no look-up and no mapping table is needed (RFC 9562 §5.8,
 * appendix B.2).
 *
 * Subjects are case-sensitive (RFC 7519 §4.1.2), so a UUID with upper-case letters is another
 * subject, and it is derived. A `sub` that already is a UUIDv8 is derived too. Ids taken over and
 * ids derived can therefore never meet, even where a provider lets people choose their `sub`
 * (docs/decisions/0010-user-ids-from-subjects.md).
 */
export function userIdOf(issuer: string, subject: string): string {
  if (isTakenOver(subject)) return subject;
  // JSON keeps the parts apart: ("a", "bc") and ("ab", "c") are different texts.
  const name = JSON.stringify([DERIVED_ID_DOMAIN, issuer, subject]);
  const bytes = hash('sha256', name, 'buffer').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6); // version 8
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8); // variant of RFC 9562
  return stringify(bytes);
}

/**
 * The id that earlier versions gave to a UUID with upper-case letters: the one of the subject in
 * lower case. Undefined for every other subject, whose id has never changed.
 */
export function formerUserIdOf(subject: string): string | undefined {
  const lowerCase = subject.toLowerCase();
  return lowerCase !== subject && isTakenOver(lowerCase) ? lowerCase : undefined;
}

/** An address as it is compared and stored, at most 254 characters; null when it cannot be one. */
export function normalizeEmail(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  // Lowered first: that can lengthen a text, and the length must hold for what is stored.
  const email = value.toLowerCase();
  return isEmail(email) ? email : null;
}

/**
 * Reads the identity from claims that were verified before (`exp` and `sub` are there).
 * @param requireScopes whether a token without a scope of this API may do nothing, rather than all
 */
export function identityFrom(
  claims: JWTPayload & { readonly sub: string; readonly exp: number },
  requireScopes: boolean,
): Identity {
  const scopes = scopesNamedIn(claims);
  return Object.freeze({
    userId: userIdOf(claims.iss ?? '', claims.sub),
    subject: claims.sub,
    email: claims['email_verified'] === true ? normalizeEmail(claims['email']) : null,
    scopes: scopes.size > 0 || requireScopes ? scopes : 'unrestricted',
    expiresAt: claims.exp,
  });
}

/** `scope` is RFC 9068 §2.2.3, `scp` what Okta (array) and Microsoft Entra (string) send instead. */
function scopesNamedIn(claims: JWTPayload): ReadonlySet<Scope> {
  const named = [claims['scope'], claims['scp']].flatMap((claim): readonly unknown[] =>
    typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [],
  );
  return new Set(SCOPES.filter((scope) => named.includes(scope)));
}

function isTakenOver(subject: string): boolean {
  return CANONICAL_UUID.test(subject) && uuidVersion(subject) !== '8';
}

function uuidVersion(uuid: string): string {
  return uuid.charAt(14);
}
