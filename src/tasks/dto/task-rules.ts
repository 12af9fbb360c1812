import {
  DESCRIPTION_MAX_LENGTH,
  PRIORITY_MAX,
  TAG_MAX_LENGTH,
  TAGS_MAX,
  TITLE_MAX_LENGTH,
} from '../task.entity';
import { textFault, titleTextFault } from './task-characters';

/** Says nothing about days that do not exist, such as 30 February. */
const RFC_3339 =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export function titleFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be blank';
  if (isLonger(value, TITLE_MAX_LENGTH)) return `must have at most ${TITLE_MAX_LENGTH} characters`;
  return titleTextFault(value);
}

export function descriptionFault(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'string') return 'must be a string or null';
  if (isLonger(value, DESCRIPTION_MAX_LENGTH)) {
    return `must have at most ${DESCRIPTION_MAX_LENGTH} characters`;
  }
  return textFault(value);
}

export function completedFault(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false';
}

export function priorityFault(value: unknown): string | undefined {
  const isLevel = typeof value === 'number' && Number.isInteger(value);
  return isLevel && value >= 0 && value <= PRIORITY_MAX
    ? undefined
    : `must be a whole number from 0 (none) to ${PRIORITY_MAX} (highest)`;
}

export function tagsFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be an array of strings';
  return value.length > TAGS_MAX ? `must have at most ${TAGS_MAX} items` : undefined;
}

export function tagFault(item: unknown, before: readonly unknown[]): string | undefined {
  if (typeof item !== 'string') return 'must be a string';
  if (item === '') return 'must not be blank';
  if (isLonger(item, TAG_MAX_LENGTH)) return `must have at most ${TAG_MAX_LENGTH} characters`;
  return titleTextFault(item) ?? (before.includes(item) ? 'must not be repeated' : undefined);
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

/** A class-transformer function: equal tags have equal code points. */
export function composed({ value }: { readonly value: unknown }): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((tag: unknown) => (typeof tag === 'string' ? tag.normalize('NFC') : tag));
}
