import { InvalidArgumentError } from '@commander-js/extra-typings';
import { normalizeEmail } from '../auth/identity';
import { isSubject } from '../auth/tokens/token-checks';
import { canonicalUuid } from '../http/input/uuid';

const SECONDS_OF_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads digits, optionally with `_` or `,` between groups of three. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$|^\d{1,3}([_,]\d{3})+$/.test(text)
      ? Number(text.replaceAll(/[_,]/g, ''))
      : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      `It must be a whole number from ${grouped(min)} to ${grouped(max)}.`,
    );
  };
}

/** Reads a time span such as `90s`, `15m`, `24h`, `7d`. @returns seconds */
export function duration(maxSeconds: number): (text: string) => number {
  return (text) => {
    const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
    const seconds = Number(count) * (SECONDS_OF_UNIT[unit ?? ''] ?? Number.NaN);
    if (seconds >= 1 && seconds <= maxSeconds) return seconds;
    throw new InvalidArgumentError(
      `It must be a time span such as 90s, 15m, 24h or 7d, at most ${inLargestUnit(maxSeconds)}.`,
    );
  };
}

function inLargestUnit(seconds: number): string {
  const units = Object.entries(SECONDS_OF_UNIT).toReversed();
  const [unit, length] = units.find(([, length]) => seconds % length === 0) ?? ['s', 1];
  return `${seconds / length}${unit}`;
}

/** Reads `2026-11-01`. @returns the beginning of that day in UTC */
export function utcDate(text: string): Date {
  const date = new Date(/^2\d{3}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00.000Z` : Number.NaN);
  // February 30 would roll over into March.
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return date;
  throw new InvalidArgumentError('It must be a date such as 2026-11-01, from the year 2000 on.');
}

/** @returns lower case */
export function emailAddress(text: string): string {
  const email = normalizeEmail(text);
  if (email === null) throw new InvalidArgumentError('It must be an e-mail address.');
  return email;
}

/** Refuses a name that no token can contain. */
export function subjectName(text: string): string {
  if (isSubject(text)) return text;
  throw new InvalidArgumentError('It must have 1 to 255 characters.');
}

/** Refuses a value that is probably an option, after one whose own value was forgotten. */
export function fileName(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  if (!text.startsWith('--')) return text;
  throw new InvalidArgumentError(
    `It looks like an option; for a file of that name write ./${text}.`,
  );
}

/** @returns lower case */
export function userId(text: string): string {
  const value = canonicalUuid(text);
  if (value !== undefined) return value;
  const why =
    text.toLowerCase() === 'me' ? ' "me" is the caller of a request; a command has no caller.' : '';
  throw new InvalidArgumentError(
    `It must be a UUID.${why} GET /api/users/me returns it, and each task has it as user_id.`,
  );
}

/** 1234567 → `1,234,567` */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 task`, `1,000 tasks` */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}
