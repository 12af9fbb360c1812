import type { Request, Response } from 'express';

const PREFERENCE = /^\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*"?([^";]*)"?)?/;

/**
 * Whether the client states this preference (RFC 7240); the first one of a name counts. What is
 * honoured is told in `Preference-Applied`, so that the client knows without looking.
 */
export function honours(
  request: Request,
  response: Response,
  name: 'count' | 'return',
  value: string,
): boolean {
  if (preferences(request).get(name) !== value) return false;
  response.append('Preference-Applied', `${name}=${value}`);
  return true;
}

function preferences({ headers }: Request): ReadonlyMap<string, string> {
  const stated = new Map<string, string>();
  const header = headers['prefer'];
  if (header === undefined) return stated;
  for (const part of String(header).split(',')) {
    const [, name = '', value = ''] = PREFERENCE.exec(part) ?? [];
    const known = name.toLowerCase();
    if (!stated.has(known)) stated.set(known, value.trim());
  }
  return stated;
}
