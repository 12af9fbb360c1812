import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';

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
