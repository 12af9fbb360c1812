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

/** No shared cache may keep it, and each use is checked against the server (RFC 9111 §5.2.2). */
export function markAsUserData(response: Response): void {
  response.setHeader('Cache-Control', 'private, no-cache');
  response.vary('Authorization');
}
