import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { otherKind, unacceptedClaim } from './token-refusal';

/** In code points, as in a path. */
const MAXIMUM_SUBJECT_LENGTH = 255;
/** Explicit types keep other JWTs of the same issuer out: logout tokens, events, DPoP proofs. */
const ACCEPTED_TYPES: readonly string[] = [
  'jwt',
  'application/jwt',
  'at+jwt',
  'application/at+jwt',
];

/** @throws ProblemError `invalid-token` */
export function checkType(header: JWTHeaderParameters): void {
  const typ: unknown = header.typ;
  const accepted = typeof typ === 'string' && ACCEPTED_TYPES.includes(typ.toLowerCase());
  if (typ !== undefined && !accepted) {
    throw otherKind('The token is not an access token', 'its header may have typ at+jwt or JWT.');
  }
  // jose refuses every critical extension but this one (RFC 7797 §7: it has no place in a JWT).
  if ('b64' in header) {
    throw otherKind(
      'The access token uses an extension that is not supported',
      'its header may not have b64.',
    );
  }
}

/**
 * What jose leaves to its caller: that `exp` is there (RFC 9068 §2.2), and a name of the user. An `iat`
 * in the future refuses nobody: no RFC asks for that, and `nbf` is there for it.
 * @throws ProblemError `invalid-token`
 */
export function checkedClaims(
  claims: JWTPayload,
  userClaim: string,
): JWTPayload & { readonly exp: number } {
  const { exp } = claims;
  if (!isSubject(claims[userClaim])) throw unacceptedClaim(userClaim);
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw unacceptedClaim('exp');
  return { ...claims, exp };
}

/** Whether a user may be called so: by a token, and so by an operator. */
export function isSubject(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  // A lone surrogate has no UTF-8 form, so two different subjects could be stored as the same text.
  return [...value].length <= MAXIMUM_SUBJECT_LENGTH && value.isWellFormed();
}
