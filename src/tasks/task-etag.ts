import { ProblemError } from '../problem/problem-error';
import type { Versions } from './tasks.repository';

/** RFC 9110 §8.8.3: a list of quoted tags, weak ones marked. */
const TAG_LIST = /^\s*(?:W\/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]*")*\s*$/;
const STRONG_VERSION = /(?<!W\/)"(\d{1,18})"/g;

/** The strong entity tag of a version. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/**
 * The versions that an If-Match accepts; undefined where any version will do. Weak tags and tags
 * of other makers never match (RFC 9110 §13.1.1), so a list may come out empty.
 * @throws ProblemError `validation` for anything but `*` or a list of quoted tags
 */
export function versionsOf(ifMatch: string | undefined): Versions {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  requireTags('If-Match', ifMatch);
  return Array.from(ifMatch.matchAll(STRONG_VERSION), ([, version]) => version ?? '');
}

/**
 * Whether an If-None-Match names this version: the client has it already. Comparison is weak.
 * @throws ProblemError `validation` for anything but `*` or a list of quoted tags
 */
export function isKnown(ifNoneMatch: string | undefined, version: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  requireTags('If-None-Match', ifNoneMatch);
  return ifNoneMatch.includes(etagOf(version));
}

function requireTags(header: string, value: string): void {
  if (TAG_LIST.test(value)) return;
  throw new ProblemError('validation', {
    faults: [{ header, detail: 'must be * or a list of quoted entity tags' }],
  });
}
