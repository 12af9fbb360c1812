import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { ProblemError } from '../../problems/problem-error';
import {
  audienceFault,
  issuerFault,
  type IssuerRules,
  type TrustedIssuer,
  type VerificationKeys,
} from './trusted-issuer';
import { expiredToken, invalidToken, otherKind, unacceptedClaim } from './token-refusal';

const MAXIMUM_TOKEN_LENGTH = 8192;
const PARTS_OF_ENCRYPTED = 5;

/** In code points, as in a path. */
const MAXIMUM_SUBJECT_LENGTH = 255;
/** Explicit types keep other JWTs of the same issuer out: logout tokens, events, DPoP proofs. */
const ACCEPTED_TYPES: readonly string[] = [
  'jwt',
  'application/jwt',
  'at+jwt',
  'application/at+jwt',
];

type AcceptedClaims = JWTPayload & { readonly exp: number };

/** The issuer that a token names, and the keys to verify it with. Nothing is proved yet. */
export interface TokenSource {
  readonly rules: IssuerRules;
  readonly keys: VerificationKeys;
}

/** @throws ProblemError `invalid-token` */
export function sourceOf(token: string, issuers: readonly TrustedIssuer[]): TokenSource {
  const { algorithm, claims } = read(token);
  const faults = issuers.map(({ rules }) => issuerFault(rules, claims));
  const issuer = issuers[faults.indexOf(undefined)];
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

/** A token that has come, and how far an issuer's clock and ours may be apart, in seconds. */
interface ReceivedToken {
  readonly token: string;
  readonly arrivedAt: number;
  readonly clockTolerance: number;
}

/** @throws ProblemError `invalid-token`, `token-expired`, and those of the keys */
export async function verifiedClaims(
  { token, arrivedAt, clockTolerance }: ReceivedToken,
  { rules, keys }: TokenSource,
): Promise<AcceptedClaims> {
  try {
    const key: JWTVerifyGetKey = (header, jws) => keys.find(header, jws, arrivedAt);
    const verified = await jwtVerify(token, key, {
      algorithms: [...keys.algorithms],
      clockTolerance,
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

/** @throws ProblemError `invalid-token` */
function checkType(header: JWTHeaderParameters): void {
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
 * Checks that jose leaves to its caller: `exp` (RFC 9068 §2.2) and the name of the user must be
 * present. An `iat` in the future is accepted: no RFC forbids it, and `nbf` serves that purpose.
 * @throws ProblemError `invalid-token`
 */
function checkedClaims(claims: JWTPayload, userClaim: string): AcceptedClaims {
  const { exp } = claims;
  if (!isSubject(claims[userClaim])) throw unacceptedClaim(userClaim);
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw unacceptedClaim('exp');
  return { ...claims, exp };
}

/** Whether a token, and so an operator, may give a user this name. */
export function isSubject(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  // A lone surrogate has no UTF-8 form, so two different subjects could be stored as the same text.
  return [...value].length <= MAXIMUM_SUBJECT_LENGTH && value.isWellFormed();
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
