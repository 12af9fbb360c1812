import { DUE_TIME_LENGTH } from '../task.entity';

const YEAR = '(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})';
const LEAP_YEAR =
  '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)';
const DAY_OF_ANY_YEAR =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))';
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
/** The rule itself, also for readers of the OpenAPI document: days that the Gregorian calendar has. */
export const DUE_PATTERN = `^(?:${YEAR}-${DAY_OF_ANY_YEAR}|${LEAP_YEAR}-02-29)(?:T${TIME})?$`;

export const TIME_ZONE_PATTERN = '^[A-Za-z][A-Za-z0-9_+/-]*$';
export const TIME_ZONE_MAX_LENGTH = 64;

const DUE = new RegExp(DUE_PATTERN);
const PARTS = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):\d\d)?$/;
const WITH_ZONE = /T.*(?:Z|[+-]\d\d(?::?\d\d)?)$/i;
const WITH_SECONDS = /T\d\d:\d\d:/;
const LAST_DAYS = ['31', '30', '29', '28'] as const;

/** A local date, or one with a time. It never becomes a Date, which would give it a zone. */
export function dueFault(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'string') return 'must be a string or null';
  if (DUE.test(value)) return undefined;
  const [, year = '', month = '', day = '', hour = ''] = PARTS.exec(value) ?? [];
  if (year === '') return formFault(value);
  if (year === '0000') return 'must have a year from 0001 to 9999';
  const lastDay = LAST_DAYS.find((last) => DUE.test(`${year}-${month}-${last}`));
  if (lastDay === undefined) return 'must have a month from 01 to 12';
  if (day < '01' || day > lastDay) {
    return `must be on a day that exists: its month has ${lastDay} days`;
  }
  return hour > '23' ? 'must have an hour from 00 to 23' : 'must have a minute from 00 to 59';
}

function formFault(value: string): string {
  if (WITH_ZONE.test(value)) return 'must be local, without Z or an offset: time_zone has the zone';
  if (WITH_SECONDS.test(value)) return 'must end with its minutes, without seconds';
  return 'must be YYYY-MM-DD or YYYY-MM-DDTHH:MM, such as 2026-12-01 or 2026-12-01T09:00';
}

export function hasTime(due: string | null): boolean {
  return due?.length === DUE_TIME_LENGTH;
}

const NEEDS_TIME = 'must be null, or absent, where due has no time';

/** @param whole the body: a patch may name the zone alone */
export function timeZoneFault(value: unknown, whole?: object): string | undefined {
  if (value === null) return undefined;
  const fault = zoneNameFault(value);
  const due: unknown = whole !== undefined && 'due' in whole ? whole.due : undefined;
  // A faulty due is reported separately.
  if (fault !== undefined || due === undefined || dueFault(due) !== undefined) return fault;
  return hasTime(due as string | null) ? undefined : NEEDS_TIME;
}

/** The name of a zone: PostgreSQL, too, has to know that spelling (TimeZones). */
export function zoneNameFault(value: unknown): string | undefined {
  return typeof value === 'string' && isTimeZone(value) ? undefined : UNKNOWN_ZONE;
}

export const UNKNOWN_ZONE = 'must be the IANA name of a time zone, such as Europe/Berlin or UTC';

export function isTimeZone(name: string): boolean {
  if (name.length > TIME_ZONE_MAX_LENGTH) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name !== '';
  } catch {
    return false;
  }
}

/** Says nothing about days that do not exist, such as 30 February. */
const RFC_3339 =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const LEAP_SECOND = ':60';
const MS_PER_SECOND = 1_000;
const MS_PER_DAY = 86_400 * MS_PER_SECOND;

/** What RFC 3339 allows, which is what the OpenAPI document says by the format `date-time`. */
export function timestampFault(value: unknown): string | undefined {
  const day = typeof value === 'string' ? RFC_3339.exec(value)?.[1] : undefined;
  if (day === undefined) {
    return 'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';
  }
  if (!new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)) {
    return 'must be on a day that exists';
  }
  const timestamp = String(value);
  return timestamp.includes(LEAP_SECOND) && wholeSecondOf(timestamp) % MS_PER_DAY !== 0
    ? 'must have the second 60 only where UTC may have it, at 23:59:60'
    : undefined;
}

/**
 * In milliseconds since the epoch, without the fraction. Clocks that know no leap second are at the
 * next day by then, as PostgreSQL is.
 */
export function wholeSecondOf(timestamp: string): number {
  const second = timestamp.toUpperCase().replace(/\.\d+/, '');
  return second.includes(LEAP_SECOND)
    ? Date.parse(second.replace(LEAP_SECOND, ':59')) + MS_PER_SECOND
    : Date.parse(second);
}
