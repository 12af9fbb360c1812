import { Logger } from '@nestjs/common';
import { hash } from 'node:crypto';
import { isEmail } from 'class-validator';
import type { JWTPayload } from 'jose';
import { stringify } from 'uuid';
import type { Scope } from '../config/issuers/scopes';
import { canonicalUuid } from '../http/input/uuid';
import type { IssuerRules } from './tokens/trusted-issuer';
import { type Rights, rightsOf } from './tokens/rights';

/** Who the caller is: what a verified token says, in the terms of this API. */
export interface Identity {
  /** Lower-case UUID; the `user_id` of the caller's own paths. */
  readonly userId: string;
  /** What the issuer calls the user, as it wrote it: the token's `sub`, or the claim of AUTH_USER_CLAIM. */
  readonly subject: string;
  /** Lower-case, at most 254 characters; null unless the issuer has verified the address. */
  readonly email: string | null;
  readonly scopes: Rights;
  /** What the issuer calls each scope. */
  readonly scopeNames: Readonly<Record<Scope, string>>;
  /** The token's `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** Keeps derived ids apart from anything else that hashes the same text. Never change it. */
const DERIVED_ID_DOMAIN = 'task-api/user-id/v1';

type UserNaming = Pick<IssuerRules, 'takesOverUuids' | 'userClaim'>;

/**
 * The user id of a subject. For the one issuer whose UUIDs are taken over, a UUID in lower case is the
 * id; any other subject becomes a UUIDv8 of issuer, subject and claim, so that no look-up and no mapping
 * table is needed (RFC 9562 §5.8, appendix B.2).
 *
 * Subjects are case-sensitive (RFC 7519 §4.1.2), so a UUID with upper-case letters is another
 * subject, and it is derived. A subject that already is a UUIDv8 is derived too. Ids taken over and
 * ids derived can therefore never meet, even where a provider lets people choose their `sub`
 * (docs/decisions/0010-user-ids-from-subjects.md).
 */
export function userIdOf(
  issuer: string,
  subject: string,
  { takesOverUuids, userClaim }: UserNaming,
): string {
  if (takesOverUuids && isTakenOver(subject)) return subject;
  // JSON keeps the parts apart: ("a", "bc") and ("ab", "c") are different texts.
  const name = [DERIVED_ID_DOMAIN, issuer, subject, ...(userClaim === 'sub' ? [] : [userClaim])];
  const bytes = hash('sha256', JSON.stringify(name), 'buffer').subarray(0, 16);
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

/** Reads the identity from claims that were verified before: `exp` and the user's name are there. */
export function identityFrom(
  claims: JWTPayload & { readonly exp: number },
  rules: IssuerRules,
): Identity {
  const subject = String(claims[rules.userClaim]);
  return Object.freeze({
    userId: userIdOf(claims.iss ?? '', subject, rules),
    subject,
    email: hasVerifiedEmail(claims, rules) ? normalizeEmail(claims['email']) : null,
    scopes: rightsOf(claims, rules.rights),
    scopeNames: rules.rights.names,
    expiresAt: claims.exp,
  });
}

function hasVerifiedEmail(claims: JWTPayload, { emailVerified }: IssuerRules): boolean {
  return emailVerified === 'always' || claims[emailVerified] === true;
}

function isTakenOver(subject: string): boolean {
  return canonicalUuid(subject) === subject && uuidVersion(subject) !== '8';
}

function uuidVersion(uuid: string): string {
  return uuid.charAt(14);
}

/** Beyond this number, the process may warn of a user again. */
const REMEMBERED_USERS = 10_000;

/**
 * Warns the operator of users whose id changed when subjects became case-sensitive: tasks that they
 * made before are under the former id. Each process warns of a user once.
 */
export class FormerUserIds {
  readonly #logger = new Logger(FormerUserIds.name);
  readonly #warnedOf = new Set<string>();

  warnOf({ subject, userId }: Identity): void {
    const formerUserId = formerUserIdOf(subject);
    if (formerUserId === undefined || this.#warnedOf.has(userId)) return;
    if (this.#warnedOf.size >= REMEMBERED_USERS) this.#warnedOf.clear();
    this.#warnedOf.add(userId);
    this.#logger.warn({
      msg: 'the subject of a token is a UUID with upper-case letters: tasks that an earlier version made for it are under the former user id',
      user_id: userId,
      former_user_id: formerUserId,
    });
  }
}
