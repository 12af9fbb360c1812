import type { Identity } from '../auth/identity';
import { ProblemError } from '../problems/problem-error';

/** The alias of the token's user in a path. */
const ME = 'me';
/** In code points, as for the claim that names the user. */
export const LONGEST_PATH_USER = 255;

/**
 * The `user_id` of a path must be the caller: as `me`, as the token's own name of the caller, or as
 * the UUID, in either case. Anyone else gets the same answer, whether that user exists or not.
 * @param pathUser percent-decoded once, by Express
 * @throws ProblemError `validation` for what names nobody anywhere, otherwise `forbidden`
 */
export function requireOwnPath(pathUser: unknown, { subject, userId }: Identity): void {
  if (pathUser === ME || pathUser === userId || pathUser === subject) return;
  if (typeof pathUser !== 'string' || !isName(pathUser)) throw malformed();
  if (pathUser.toLowerCase() !== userId) throw new ProblemError('forbidden');
}

function isName(text: string): boolean {
  return !text.includes('\0') && [...text].length <= LONGEST_PATH_USER;
}

function malformed(): ProblemError {
  const detail = `must be at most ${LONGEST_PATH_USER} characters, without NUL`;
  return new ProblemError('validation', { faults: [{ parameter: 'user_id', detail }] });
}
