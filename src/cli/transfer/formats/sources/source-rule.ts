import { dueFault } from '../../../../tasks/dto/time-rules';
import { canonicalRecurrence, recurrenceFault } from '../../../../tasks/dto/recurrence-rules';
import type { Fields, Rule } from './source-task';

/**
 * The rule of another program, if this API supports it and it fits the task. Any other is left out
 * and reported; the task is not rejected.
 */
export function withKnownRule({ recurrence, ...fields }: Fields): Fields {
  if (typeof recurrence !== 'string' || recurrence === '') return fields;
  const { due = null, completed } = fields;
  const value = canonicalRecurrence({ value: plain(recurrence, due) });
  const isKnown = recurrenceFault(value, { due }) === undefined && dueFault(due) === undefined;
  if (isKnown && completed !== true) return { ...fields, recurrence: value };
  return { ...fields, unknown_recurrence: recurrence };
}

/** Without parts that change nothing, or that repeat `due`. */
function plain(rule: string, due: unknown): string {
  const [, month = '', day = ''] = /^\d{4}-0?(\d{1,2})-0?(\d{1,2})/.exec(String(due)) ?? [];
  const said = /(?:^|;)FREQ=YEARLY(?:;|$)/i.test(rule)
    ? [`BYMONTH=${month}`, `BYMONTHDAY=${day}`]
    : [];
  return rule
    .split(';')
    .filter((part) => !said.includes(part.toUpperCase().replace('=0', '=')))
    .map((part) => part.replace(/^(UNTIL=\d{8})T\d{6}Z?$/i, '$1'))
    .join(';');
}

const FREQUENCIES: Readonly<Record<string, string>> = {
  daily: 'DAILY',
  weekly: 'WEEKLY',
  absoluteMonthly: 'MONTHLY',
  relativeMonthly: 'MONTHLY',
  absoluteYearly: 'YEARLY',
};
const NUMBERS: Readonly<Record<string, string>> = {
  first: '1',
  second: '2',
  third: '3',
  fourth: '4',
  last: '-1',
};

/** Of Microsoft Graph (https://learn.microsoft.com/graph/api/resources/patternedrecurrence). */
interface PatternedRecurrence {
  readonly pattern?: {
    readonly type?: string;
    readonly interval?: number;
    readonly daysOfWeek?: readonly string[];
    readonly dayOfMonth?: number;
    readonly index?: string;
  };
  readonly range?: { readonly type?: string; readonly endDate?: string };
}

export const asPatternedRecurrence: Rule = (value) => {
  const { pattern = {}, range = {} } = (value ?? {}) as PatternedRecurrence;
  const { type = '', interval = 1, daysOfWeek = [], dayOfMonth, index = '' } = pattern;
  const frequency = Object.hasOwn(FREQUENCIES, type) ? FREQUENCIES[type] : undefined;
  if (frequency === undefined || range.type === 'numbered') return undefined;
  const number = type === 'relativeMonthly' ? (NUMBERS[index] ?? '') : '';
  const days = daysOfWeek.map((day) => number + day.slice(0, 2).toUpperCase());
  const byDay = type === 'weekly' || type === 'relativeMonthly' ? `;BYDAY=${days.join(',')}` : '';
  const byMonthDay = type === 'absoluteMonthly' ? `;BYMONTHDAY=${dayOfMonth}` : '';
  const until = range.type === 'endDate' ? `;UNTIL=${range.endDate?.replaceAll('-', '')}` : '';
  return { recurrence: `FREQ=${frequency};INTERVAL=${interval}${byDay}${byMonthDay}${until}` };
};
