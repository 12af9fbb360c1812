import {
  DESCRIPTION_MAX_LENGTH,
  PRIORITY_MAX,
  TAG_MAX_LENGTH,
  TAGS_MAX,
  TITLE_MAX_LENGTH,
} from '../task.entity';
import { canonicalUuid } from '../../http/input/uuid';
import { textFault, titleTextFault } from './task-characters';

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

export function parentFault(value: unknown): string | undefined {
  if (value === null) return undefined;
  const isUuid = typeof value === 'string' && canonicalUuid(value) !== undefined;
  return isUuid ? undefined : 'must be the id of a task, a UUID, or null';
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

/** A class-transformer function: UUIDs are answered in lower case. */
export function inLowerCase({ value }: { readonly value: unknown }): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** A class-transformer function: equal tags have equal code points. */
export function composed({ value }: { readonly value: unknown }): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((tag: unknown) => (typeof tag === 'string' ? tag.normalize('NFC') : tag));
}
