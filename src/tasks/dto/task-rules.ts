import { DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH } from '../task.entity';

/** C0 controls, DEL, and the bidirectional overrides that make text read as what it is not. */
const NOT_IN_LINE = String.raw`\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069`;
/** A text of several lines may hold tabs and line ends, and its own text direction. */
const NOT_IN_TEXT = String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f`;
/** What `trim` removes (ECMA-262, WhiteSpace and LineTerminator). */
const WHITE_SPACE = String.raw`\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

const FORBIDDEN_IN_LINE = new RegExp(`[${NOT_IN_LINE}]`, 'u');
const FORBIDDEN_IN_TEXT = new RegExp(`[${NOT_IN_TEXT}]`, 'u');

/**
 * The rules on characters, for the OpenAPI document. No shorthand such as `\s` or `\d`: other
 * languages mean other characters by it.
 */
export const LINE_PATTERN = `^[^${NOT_IN_LINE}]+$`;
export const TEXT_PATTERN = `^[^${NOT_IN_TEXT}]*$`;
const INK = `[^${NOT_IN_LINE}${WHITE_SPACE}]`;
/** White space around a title may be of any kind, for it is removed; within are no controls. */
export const TITLE_PATTERN = `^[${WHITE_SPACE}]*${INK}(?:[^${NOT_IN_LINE}]*${INK})?[${WHITE_SPACE}]*$`;

/** Says nothing about days that do not exist, such as 30 February. */
export const TIMESTAMP_PATTERN =
  '^([0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))' +
  'T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?' +
  '(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$';
const RFC_3339 = new RegExp(TIMESTAMP_PATTERN);

export function titleFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be blank';
  if (isLonger(value, TITLE_MAX_LENGTH)) return `must have at most ${TITLE_MAX_LENGTH} characters`;
  return lineFault(value);
}

export function descriptionFault(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'string') return 'must be a string or null';
  if (isLonger(value, DESCRIPTION_MAX_LENGTH)) {
    return `must have at most ${DESCRIPTION_MAX_LENGTH} characters`;
  }
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  if (FORBIDDEN_IN_TEXT.test(value)) return 'must not contain control characters';
  return undefined;
}

/** Text of one line: a title, or what a search looks for. */
export function lineFault(value: string): string | undefined {
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  if (FORBIDDEN_IN_LINE.test(value)) return 'must not contain control characters';
  return undefined;
}

export function completedFault(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

/** RFC 3339 with a zone, on a day that exists. */
export function timestampFault(value: unknown): string | undefined {
  const day = typeof value === 'string' ? RFC_3339.exec(value)?.[1] : undefined;
  if (day === undefined) {
    return 'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';
  }
  const exists = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return exists ? undefined : 'must be on a day that exists';
}

/** Length in code points, as PostgreSQL's char_length counts it. */
export function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  return text.length > 2 * limit || Array.from(text).length > limit;
}

/** A class-transformer function: white space around a title is not part of it. */
export function trimmed({ value }: { readonly value: unknown }): unknown {
  return typeof value === 'string' ? value.trim() : value;
}
