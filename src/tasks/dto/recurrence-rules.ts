import { RECURRENCE_MAX_LENGTH } from '../task.entity';
import { dueFault } from './time-rules';

export const RECURRENCE_ORIGINS = ['due', 'completion'] as const;
export type RecurrenceOrigin = (typeof RECURRENCE_ORIGINS)[number];

/** Accepts all valid rules, and more: a pattern for the parts of each rule would be unreadable. */
export const RECURRENCE_PATTERN =
  '^(?:[Rr][Rr][Uu][Ll][Ee]:)?[A-Za-z]+=[0-9A-Za-z,+-]+(?:;[A-Za-z]+=[0-9A-Za-z,+-]+)*$';
const FORM = new RegExp(RECURRENCE_PATTERN);

const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
/** Fewer for years, so that 29 February is found soon. */
const LONGEST_INTERVAL = { DAILY: 99, WEEKLY: 99, MONTHLY: 99, YEARLY: 10 } as const;

/** A rule that has been read (RFC 5545 §3.3.10). */
interface Recurrence {
  readonly frequency: (typeof FREQUENCIES)[number];
  readonly interval: number;
  /** Of a week `MO`, of a month `1MO` or `-1SU`. */
  readonly days: readonly string[];
  /** -1 is the last of a month. */
  readonly monthDays: readonly number[];
  /** `YYYYMMDD` */
  readonly until: string | undefined;
}

/** Why a text is no rule. */
class UnreadableRule extends Error {}

/** A class-transformer function: the canonical text of a rule. An invalid rule stays unchanged. */
export function canonicalRecurrence({ value }: { readonly value: unknown }): unknown {
  const rule = typeof value === 'string' ? readRule(value) : value;
  return rule instanceof UnreadableRule || typeof rule !== 'object' || rule === null
    ? value
    : textOf(rule as Recurrence);
}

/** @param whole the body: a patch may name the rule alone */
export function recurrenceFault(value: unknown, whole?: object): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== 'string') return 'must be a string or null';
  const rule = readRule(value);
  if (rule instanceof UnreadableRule) return rule.message;
  const due: unknown = whole !== undefined && 'due' in whole ? whole.due : undefined;
  // A faulty due is reported separately.
  if (due === undefined || dueFault(due) !== undefined) return undefined;
  return due === null ? NEEDS_DUE : misfitOf(rule, due as string);
}

export function originFault(value: unknown): string | undefined {
  const isKnown = RECURRENCE_ORIGINS.some((origin) => origin === value);
  return isKnown ? undefined : `must be ${RECURRENCE_ORIGINS.join(' or ')}`;
}

const NEEDS_DUE = 'must be null, or absent, where due is null: the rule starts there';
const OTHER_DAY = 'must have the day of due among its days: the rule starts there';
export const DONE = 'must be null, or absent, of a completed task: it recurs when it is completed';
export const DUE_MISFIT =
  'must be a day of the rule in recurrence, which starts there: send a rule, too, or null';
const ENDED = 'must have an UNTIL that is not before due';

/** A rule starts with an occurrence. */
function misfitOf({ days, monthDays, until }: Recurrence, due: string): string | undefined {
  const day = due.slice(0, 'YYYY-MM-DD'.length);
  if (until !== undefined && day.replaceAll('-', '') > until) return ENDED;
  const start = new Date(`${day}T00:00Z`);
  const dayOfMonth = start.getUTCDate();
  const lastDay = new Date(start);
  lastDay.setUTCMonth(start.getUTCMonth() + 1, 0);
  const fromEnd = dayOfMonth - lastDay.getUTCDate() - 1;
  if (monthDays.length > 0) {
    const isAmong = monthDays.includes(dayOfMonth) || monthDays.includes(fromEnd);
    return isAmong ? undefined : OTHER_DAY;
  }
  if (days.length === 0) return undefined;
  const weekday = WEEKDAYS[(start.getUTCDay() + 6) % 7] ?? '';
  const numbers = ['', Math.ceil(dayOfMonth / 7), Math.floor(fromEnd / 7)];
  const names = numbers.map((n) => `${n}${weekday}`);
  return names.some((name) => days.includes(name)) ? undefined : OTHER_DAY;
}

function textOf({ frequency, interval, days, monthDays, until }: Recurrence): string {
  return [
    `FREQ=${frequency}`,
    ...(interval > 1 ? [`INTERVAL=${interval}`] : []),
    ...(days.length > 0 ? [`BYDAY=${days.join(',')}`] : []),
    ...(monthDays.length > 0 ? [`BYMONTHDAY=${monthDays.join(',')}`] : []),
    ...(until === undefined ? [] : [`UNTIL=${until}`]),
  ].join(';');
}

function readRule(text: string): Recurrence | UnreadableRule {
  try {
    return ruleOf(partsOf(text));
  } catch (error) {
    if (error instanceof UnreadableRule) return error;
    throw error;
  }
}

const KNOWN = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'UNTIL'];
/** Parts of RFC 5545 and RFC 7529 that are not known here, and what to send instead. */
const OTHERS: Readonly<Record<string, string>> = {
  COUNT: 'send UNTIL, the last date, such as UNTIL=20271231',
  BYMONTH: 'send FREQ=YEARLY, which keeps the month and the day of due',
  BYSETPOS: 'send the weekday with its number, such as BYDAY=-1FR',
  BYHOUR: 'due has the time',
  BYMINUTE: 'due has the time',
  BYSECOND: 'due has the time',
  BYWEEKNO: `only ${KNOWN.join(', ')} are known`,
  BYYEARDAY: `only ${KNOWN.join(', ')} are known`,
  RSCALE: 'the calendar is the Gregorian one',
  SKIP: 'a month without the day is left out',
};

function partsOf(text: string): ReadonlyMap<string, string> {
  if (text.length > RECURRENCE_MAX_LENGTH) {
    throw new UnreadableRule(`must have at most ${RECURRENCE_MAX_LENGTH} characters`);
  }
  if (!FORM.test(text)) {
    throw new UnreadableRule('must be a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TH');
  }
  const parts = new Map<string, string>();
  for (const part of text
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')) {
    const [name = '', value = ''] = part.split('=');
    if (name !== 'WKST' && !KNOWN.includes(name)) {
      const instead = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
      throw new UnreadableRule(
        instead === undefined
          ? `must have no part but ${KNOWN.join(', ')}`
          : `must not have ${name}: ${instead}`,
      );
    }
    if (parts.has(name)) throw new UnreadableRule(`must have ${name} once`);
    parts.set(name, value);
  }
  return parts;
}

function ruleOf(parts: ReadonlyMap<string, string>): Recurrence {
  const frequency = FREQUENCIES.find((one) => one === parts.get('FREQ'));
  if (frequency === undefined) {
    throw new UnreadableRule(`must have FREQ with one of ${FREQUENCIES.join(', ')}`);
  }
  const rule = {
    frequency,
    interval: intervalOf(frequency, parts.get('INTERVAL') ?? '1'),
    days: daysOf(frequency, parts.get('BYDAY')),
    monthDays: monthDaysOf(frequency, parts.get('BYMONTHDAY')),
    until: untilOf(parts.get('UNTIL')),
  };
  // Of other rules it changes nothing.
  const hasWeeks = frequency === 'WEEKLY' && rule.interval > 1 && rule.days.length > 0;
  const firstDays = hasWeeks ? ['MO'] : WEEKDAYS;
  if (!firstDays.includes(parts.get('WKST') ?? 'MO')) {
    throw new UnreadableRule('must not have WKST: a week starts on Monday');
  }
  if (rule.days.length > 0 && rule.monthDays.length > 0) {
    throw new UnreadableRule('must have BYDAY or BYMONTHDAY, not both');
  }
  return rule;
}

function intervalOf(frequency: keyof typeof LONGEST_INTERVAL, value: string): number {
  const longest = LONGEST_INTERVAL[frequency];
  const interval = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (interval >= 1 && interval <= longest) return interval;
  throw new UnreadableRule(`must have an INTERVAL from 1 to ${longest} with FREQ=${frequency}`);
}

const WEEKDAY = new RegExp(`^(?:${WEEKDAYS.join('|')})$`);
const DAY_OF_MONTH = new RegExp(`^[+-]?[1-5](?:${WEEKDAYS.join('|')})$`);

function daysOf(frequency: string, value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  if (frequency !== 'WEEKLY' && frequency !== 'MONTHLY') {
    throw new UnreadableRule('must have BYDAY with FREQ=WEEKLY or FREQ=MONTHLY alone');
  }
  const form = frequency === 'WEEKLY' ? WEEKDAY : DAY_OF_MONTH;
  const days = value.split(',');
  if (!days.every((day) => form.test(day))) {
    throw new UnreadableRule(
      frequency === 'WEEKLY'
        ? 'must have weekdays in BYDAY, such as BYDAY=MO,TH'
        : 'must have numbered weekdays in BYDAY with FREQ=MONTHLY: 1MO is the first Monday, -1SU the last Sunday',
    );
  }
  const plain = days.map((day) => day.replace('+', ''));
  const order = (day: string): number =>
    placeOf(Number.parseInt(day, 10) || 0) * 7 + WEEKDAYS.indexOf(day.slice(-2));
  return [...new Set(plain)].sort((one, other) => order(one) - order(other));
}

function monthDaysOf(frequency: string, value: string | undefined): readonly number[] {
  if (value === undefined) return [];
  if (frequency !== 'MONTHLY') {
    throw new UnreadableRule('must have BYMONTHDAY with FREQ=MONTHLY alone');
  }
  const days = value.split(',');
  if (!days.every((day) => /^[+-]?(?:0?[1-9]|[12][0-9]|3[01])$/.test(day))) {
    throw new UnreadableRule(
      'must have days in BYMONTHDAY from 1 to 31, or from -31 to -1, the last one',
    );
  }
  return [...new Set(days.map(Number))].sort((one, other) => placeOf(one) - placeOf(other));
}

/** Days that count from the end come last. */
function placeOf(n: number): number {
  return n < 0 ? 100 + n : n;
}

function untilOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(value) ?? [];
  if (year !== undefined && dueFault(`${year}-${month}-${day}`) === undefined) return value;
  throw new UnreadableRule(
    'must have in UNTIL a date that exists, without a time: UNTIL=20271231 is the last day',
  );
}
