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
