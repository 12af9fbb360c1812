import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '../../problems/problem-error';

const NO_DATES = 'must be absent: name the version by `If-Match`, for dates are not compared';

/**
 * For a write that meets no version which a client may name: to ignore the header would be to make the
 * write that it asks to be kept from.
 * @throws ProblemError `validation`
 */
export function refusePreconditions(
  headers: IncomingHttpHeaders,
  refused: readonly ('If-Match' | 'If-None-Match')[],
  why: string,
): void {
  const faults = refused
    .filter((header) => headers[header.toLowerCase()] !== undefined)
    .map((header) => ({ header, detail: `must be absent: ${why}` }));
  if (faults.length > 0) throw new ProblemError('validation', { faults });
  refuseDates(headers);
}

/**
 * For every write: no answer has `Last-Modified`, so a date says nothing about a version.
 * @throws ProblemError `validation`
 */
export function refuseDates(headers: IncomingHttpHeaders): void {
  if (headers['if-unmodified-since'] === undefined) return;
  const faults = [{ header: 'If-Unmodified-Since', detail: NO_DATES }];
  throw new ProblemError('validation', { faults });
}
