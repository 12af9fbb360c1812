import { ProblemError } from '../../problems/problem-error';

const SAME_KIND = 'Another token of the same kind will not do';
const OF_AUDIENCE =
  `${SAME_KIND}: ask your identity provider for a token for this API. ` +
  'Its name there is called audience, resource, API identifier or client id.';

/** What helps, by the claim that is at fault. */
const ADVICE_BY_CLAIM: ReadonlyMap<string, string> = new Map([
  ['aud', OF_AUDIENCE],
  ['azp', OF_AUDIENCE],
  ['client_id', OF_AUDIENCE],
  [
    'iss',
    `${SAME_KIND}: this API accepts other issuers. \`iss\` must be theirs to the letter, a final slash included.`,
  ],
  ['tid', `${SAME_KIND}: this API does not accept users of this tenant.`],
]);

const OF_OTHER_CLAIMS = `${SAME_KIND}: its claims are not those that this API needs; WWW-Authenticate names the one at fault.`;

/** Why a token is not accepted. */
interface Refused {
  /** For the header and the log. ASCII without quotes or backslashes (RFC 6750 §3), never from the token. */
  readonly description: string;
  /** For the client, where a new token alone does not help. */
  readonly advice?: string;
  /** For the log only. */
  readonly cause?: unknown;
}

/** The token is of another kind than this API takes. */
export function otherKind(description: string, advice: string): ProblemError {
  return invalidToken({ description, advice: `${SAME_KIND}: ${advice}` });
}

/** A claim is missing, or is not what this API accepts. */
export function unacceptedClaim(claim: string, cause?: unknown): ProblemError {
  return invalidToken({
    description: `The claim ${claim} of the access token is missing or not accepted`,
    advice: ADVICE_BY_CLAIM.get(claim) ?? OF_OTHER_CLAIMS,
    cause,
  });
}

export function invalidToken({ description, advice, cause }: Refused): ProblemError {
  return refusal('invalid-token', { description, cause, ...(advice !== undefined && { advice }) });
}

export function expiredToken(cause: unknown): ProblemError {
  return refusal('token-expired', {
    description: 'The claim exp of the access token is in the past',
    cause,
  });
}

/** The log gets the same description as the client. */
function refusal(
  code: 'invalid-token' | 'token-expired',
  { description, advice, cause }: Refused,
): ProblemError {
  const challenge = `Bearer error="invalid_token", error_description="${description}"`;
  return new ProblemError(code, {
    headers: { 'WWW-Authenticate': challenge },
    reason: description,
    detail: advice,
    cause,
  });
}
