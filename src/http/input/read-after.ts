import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '../../problems/problem-error';

export const READ_AFTER = 'X-Read-After';

/** As long as a number can be that JavaScript and PostgreSQL hold exactly. */
const NUMBER = /^[0-9]{1,16}$/;
export const READ_AFTER_PATTERN = NUMBER.source;
/** A version in an entity tag, also in one that a proxy has made weak or has added to. */
const VERSION_IN_TAG = /"([1-9]\d{0,15})(?!\w)/g;

/**
 * The number of a change that the answer to a read must include; undefined where the client names none, and
 * so gets the newest. `If-None-Match` alone names none: browsers send it by themselves, with versions older
 * than what their pages have written.
 * @throws ProblemError `validation`
 */
export function readAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const given = headers['x-read-after'];
  if (given === undefined) return undefined;
  if (typeof given !== 'string' || !NUMBER.test(given)) {
    const detail =
      'must be one whole number, without quotes: the highest that X-Read-After or ETag of an answer has had, such as 1795867932976204';
    throw new ProblemError('validation', { faults: [{ header: READ_AFTER, detail }] });
  }
  const tags = headers['if-none-match'] ?? '';
  const versions = Array.from(tags.matchAll(VERSION_IN_TAG), ([, version]) => Number(version));
  return Math.max(Number(given), ...versions);
}
