import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import { ProblemError } from '../problems/problem-error';

/** The preferences of a client (RFC 7240) that this API can honour. */
export interface Preferences {
  readonly return?: 'minimal' | 'representation';
  readonly count?: 'exact';
}

const PREFERENCE = /^\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*"?([^";]*)"?)?/;
const NONE: Preferences = {};

/** Parameter decorator: the preferences of the request. */
export const ClientPreferences = createParamDecorator((_: unknown, context: ExecutionContext) =>
  preferencesOf(context.switchToHttp().getRequest<Request>().headers),
);

/** The first preference of a name counts; other values than those above are not honoured. */
export function preferencesOf({ prefer }: IncomingHttpHeaders): Preferences {
  if (prefer === undefined) return NONE;
  const stated = new Map<string, string>();
  for (const part of String(prefer).split(',')) {
    const [, name = '', value = ''] = PREFERENCE.exec(part) ?? [];
    const known = name.toLowerCase();
    if (!stated.has(known)) stated.set(known, value.trim());
  }
  const body = stated.get('return');
  return {
    ...((body === 'minimal' || body === 'representation') && { return: body }),
    ...(stated.get('count') === 'exact' && { count: 'exact' }),
  };
}

const NO_DATES = 'must be absent: name the version by `If-Match`, for dates are not compared';

/**
 * For a write without a version that a client could name: ignoring the header would make the write
 * that it should prevent.
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

/** No shared cache may keep it, and each use is checked against the server (RFC 9111 §5.2.2). */
export function markAsUserData(response: Response): void {
  response.setHeader('Cache-Control', 'private, no-cache');
  response.vary('Authorization');
}

export const READ_AFTER = 'X-Read-After';

/** The longest number that JavaScript and PostgreSQL hold exactly. */
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

/** Lets the client read later what this answer includes, also on a replica. The highest number stays. */
export function announceLastChange(response: Response | undefined, number: number): void {
  // The head of a stream is sent before its first change.
  if (response === undefined || response.headersSent) return;
  const announced = Number(response.getHeader(READ_AFTER) ?? 0);
  if (number > announced) response.setHeader(READ_AFTER, String(number));
}
