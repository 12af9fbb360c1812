import { hash } from 'node:crypto';

const VERSION = 1;
const BASE64URL = /^[\w-]+$/;

/**
 * Writes a position as an opaque text. It is bound by a hash, not signed: scope, predicate and
 * row-level security confine even a hand-made one to the list of its sender.
 * @param binding what the cursor is good for
 */
export function opaqueCursor(binding: readonly unknown[], position: readonly unknown[]): string {
  const digest = hash('sha256', JSON.stringify(binding), 'base64url').slice(0, 16);
  return Buffer.from(JSON.stringify([VERSION, digest, ...position])).toString('base64url');
}

/**
 * Reads a position, or anything else that somebody has written. Only where `opaqueCursor` writes the
 * very same text of it is it a cursor.
 */
export function positionIn(cursor: string): readonly unknown[] {
  if (!BASE64URL.test(cursor)) return [];
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(content) ? content.slice(2) : [];
  } catch {
    return [];
  }
}
