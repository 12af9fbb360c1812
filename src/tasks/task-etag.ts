import type { IncomingHttpHeaders } from 'node:http';
import { refuseDates } from '../http/headers';
import { ProblemError } from '../problems/problem-error';
import type { Versions } from './writes/conditional-writes';

/** RFC 9110 §8.8.3 and §5.6.1.2: a list of quoted tags, weak ones marked; elements may be empty. */
const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const TAGS = String.raw`[ \t,]*${TAG}[ \t]*(?:,(?:[ \t]*${TAG})?[ \t]*)*`;
const TAG_LIST = new RegExp(`^${TAGS}$`);
const ONE_TAG = /(W\/)?"([^"]*)"/g;
/** What If-Match and If-None-Match may hold, for the OpenAPI document. */
export const ENTITY_TAGS_PATTERN = `^(?:[*]|${TAGS})$`;
/** Tags compare character by character, so only the very text that `etagOf` writes is a version. */
const VERSION = /^[1-9]\d{0,17}$/;
/** The forms that compressing proxies give it: `"3-gzip"`, `"3;br"`. */
const ALTERED_VERSION = /^([1-9]\d{0,17})[^\w].*$/;

/** The precondition of a write on the stored version. */
export interface Precondition {
  /** The accepted versions; undefined if any is. */
  readonly versions: Versions;
  /** Why no version matches, unless the stored one simply differs. */
  explain(version: string): string | undefined;
}

/** The strong entity tag of a version. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/**
 * The preconditions of a write. Weak tags and tags of other makers never match (RFC 9110 §13.1.1), so
 * there may be no version that will do, and `If-None-Match: *` accepts none at all: there is no write
 * that only creates.
 * @throws ProblemError `validation` for anything but `*` or a list of quoted tags, and for a date
 */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  refuseDates(headers);
  if (ifNoneMatch !== undefined) requireAny('If-None-Match', ifNoneMatch);
  const matching = ifMatch === undefined || isAny(ifMatch) ? ANY_VERSION : matchOf(ifMatch);
  return ifNoneMatch === undefined ? matching : NO_VERSION;
}

const ANY_VERSION: Precondition = { versions: undefined, explain: () => undefined };
const NO_VERSION: Precondition = {
  versions: [],
  explain: () =>
    '`If-None-Match: *` asks for a task that does not exist, and this one does. Send `If-Match` with its `ETag`, or neither.',
};
const WEAK_TAG =
  'The task has not changed, but `If-Match` names its version by a weak tag, and only strong ones match (RFC 9110, section 13.1.1). Send the tag without `W/`. A proxy that compresses answers makes tags weak.';
const ALTERED_TAG =
  'The task has not changed, but something on the way has added to its tag, as proxies do that compress answers. Send the tag as `ETag` carries it here.';
const FOREIGN_TAGS =
  '`If-Match` holds no tag of this API: these are a number in quotes, such as `"1795867932976204"`. Send the one that `ETag` carries, if that is the version that you mean.';

function matchOf(ifMatch: string): Precondition {
  const tags = tagsOf('If-Match', ifMatch);
  const ofVersions = tags.filter(({ opaque }) => VERSION.test(opaque));
  const versionsWhere = (weak: boolean): readonly string[] =>
    ofVersions.filter((tag) => tag.weak === weak).map(({ opaque }) => opaque);
  return {
    versions: versionsWhere(false),
    explain: (version) => {
      if (versionsWhere(true).includes(version)) return WEAK_TAG;
      if (tags.some(({ opaque }) => ALTERED_VERSION.exec(opaque)?.[1] === version)) {
        return ALTERED_TAG;
      }
      return ofVersions.length === 0 ? FOREIGN_TAGS : undefined;
    },
  };
}

/**
 * Whether the client already has this version, according to the If-None-Match of a read.
 * Comparison is weak (RFC 9110 §13.1.2).
 * @throws ProblemError `validation` for anything but `*` or a list of quoted tags
 */
export function versionsHeld(ifNoneMatch: string | undefined): (version: string) => boolean {
  if (ifNoneMatch === undefined) return () => false;
  if (isAny(ifNoneMatch)) return () => true;
  const tags = tagsOf('If-None-Match', ifNoneMatch);
  return (version) => tags.some(({ opaque }) => opaque === version);
}

function isAny(value: string): boolean {
  return value.trim() === '*';
}

interface EntityTag {
  readonly weak: boolean;
  /** The text within the quotes. */
  readonly opaque: string;
}

function tagsOf(header: string, value: string): readonly EntityTag[] {
  if (!TAG_LIST.test(value)) {
    const detail =
      'must be * or a list of entity tags with their quotes, such as "1795867932976204"';
    throw new ProblemError('validation', { faults: [{ header, detail }] });
  }
  return Array.from(value.matchAll(ONE_TAG), ([, weak, opaque = '']) => ({
    weak: weak !== undefined,
    opaque,
  }));
}

function requireAny(header: string, value: string): void {
  if (isAny(value)) return;
  throw new ProblemError('validation', {
    faults: [{ header, detail: 'must be * on a write; use If-Match to name a version' }],
  });
}
