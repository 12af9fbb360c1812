import { ProblemError } from '../problems/problem-error';
import { opaqueCursor, positionIn } from '../tasks/task-cursor';

const NUMBER = /^[1-9]\d{0,18}$/;
const LARGEST_BIGINT = 2n ** 63n - 1n;

/** @param number of the deletion that is the last one of a page */
export function encodeTrashCursor(userId: string, number: string): string {
  return opaqueCursor([userId, 'trash'], [number]);
}

/**
 * Reads a cursor, strictly: only the very text that `encodeTrashCursor` writes for this user passes.
 * @throws ProblemError `invalid-cursor`
 */
export function decodeTrashCursor(userId: string, cursor: string): string {
  const [number] = positionIn(cursor);
  const isNumber = typeof number === 'string' && NUMBER.test(number);
  if (isNumber && BigInt(number) <= LARGEST_BIGINT && encodeTrashCursor(userId, number) === cursor)
    return number;
  throw new ProblemError('invalid-cursor');
}
