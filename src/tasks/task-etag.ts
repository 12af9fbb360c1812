import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '../problem/problem-error';
import type { Versions } from './tasks.repository';

/** RFC 9110 §8.8.3 and §5.6.1.2: a list of quoted tags, weak ones marked; elements may be empty. */
const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const TAGS = `[ \t,]*${TAG}[ \t]*(?:,(?:[ \t]*${TAG})?[ \t]*)*`;
const TAG_LIST = new RegExp(`^${TAGS}$`);
/** What If-Match and If-None-Match may hold, for the OpenAPI document. */
export const ENTITY_TAGS_PATTERN = `^(?:[*]|${TAGS})$`;
/** Tags compare character by character, so only the very text that `etagOf` writes is a version. */
const STRONG_VERSION = /(?<!W\/)"([1-9]\d{0,17})"/g;

/** The strong entity tag of a version. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/**
 * The versions that the preconditions of a write accept; undefined where any version will do. Weak
 * tags and tags of other makers never match (RFC 9110 §13.1.1), so a list may come out empty, and
 * `If-None-Match: *` accepts no version at all: there is no write that only creates.
 * @throws ProblemError `validation` for anything but `*` or a list of quoted tags
 */
export function acceptedVersions(headers: IncomingHttpHeaders): Versions {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifNoneMatch !== undefined) requireAny('If-None-Match', ifNoneMatch);
  const accepted = ifMatch === undefined || isAny(ifMatch) ? undefined : strongVersions(ifMatch);
  return ifNoneMatch === undefined ? accepted : [];
}

/**
 * Tells of a version whether the client has it already, as the If-None-Match of a read says.
 * Comparison is weak (RFC 9110 §13.1.2).
 * @throws ProblemError `validation` for anything but `*` or a list of quoted tags
 */
export function versionsHeld(ifNoneMatch: string | undefined): (version: string) => boolean {
  if (ifNoneMatch === undefined) return () => false;
  if (isAny(ifNoneMatch)) return () => true;
  requireTags('If-None-Match', ifNoneMatch);
  return (version) => ifNoneMatch.includes(etagOf(version));
}

function isAny(value: string): boolean {
  return value.trim() === '*';
}

function strongVersions(ifMatch: string): readonly string[] {
  requireTags('If-Match', ifMatch);
  return Array.from(ifMatch.matchAll(STRONG_VERSION), ([, version]) => version ?? '');
}

function requireTags(header: string, value: string): void {
  if (TAG_LIST.test(value)) return;
  throw new ProblemError('validation', {
    faults: [{ header, detail: 'must be * or a list of quoted entity tags' }],
  });
}

function requireAny(header: string, value: string): void {
  if (isAny(value)) return;
  throw new ProblemError('validation', {
    faults: [{ header, detail: 'must be * on a write; use If-Match to name a version' }],
  });
}
