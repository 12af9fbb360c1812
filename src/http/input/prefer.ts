import type { Request, Response } from 'express';

const PREFERENCE = /^\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*"?([^";]*)"?)?/;

/** What the client prefers in this respect (RFC 7240 §2); the first one of a name counts. */
export function preferenceOf(request: Request, name: 'count' | 'return'): string | undefined {
  return preferences(request).get(name);
}

/** Tells in `Preference-Applied` what was honoured, so that the client knows without looking. */
export function markAsApplied(response: Response, name: 'count' | 'return', value: string): void {
  response.append('Preference-Applied', `${name}=${value}`);
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
