import { type ListTasksQuery, NO_PARENT } from '../dto/list-tasks.query';
import { wholeSecondOf } from '../dto/time-rules';
import { firstIdOf, lastIdOf } from '../task-id';
import { DUE_TIME_LENGTH } from '../task.entity';

type TimeFilters = Pick<
  ListTasksQuery,
  'created_after' | 'created_before' | 'updated_after' | 'updated_before'
>;
type TimeRanges = Pick<SearchFilters, 'aboveId' | 'belowId' | 'updatedAfter' | 'updatedBefore'>;

/** The last millisecond that a four-digit year can write, since the epoch. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The conditions of a list. */
export function filtersOf(query: ListTasksQuery): SearchFilters {
  const { completed, q: text, overdue, priority } = query;
  return {
    completed,
    ...timeRanges(query),
    text,
    dueBefore: query.due_before,
    dueAfter: query.due_after,
    overdue,
    timeZone: query.time_zone,
    noDue: query.no_due,
    priority,
    priorityMin: query.priority_min,
    tags: query.tag,
    parentId: query.parent_id === NO_PARENT ? null : query.parent_id,
  };
}

/**
 * The time filters of a list as exclusive bounds of stored values. Tasks have whole milliseconds,
 * so a finer bound is rounded: later than .1234 is later than .123, earlier than .1234 is earlier
 * than .124. The time of creation is that of the id.
 */
export function timeRanges({
  created_after: createdAfter,
  created_before: createdBefore,
  updated_after: updatedAfter,
  updated_before: updatedBefore,
}: TimeFilters): TimeRanges {
  return {
    aboveId: createdAfter && lastIdOf(milliseconds(createdAfter, Math.floor)),
    belowId: createdBefore && firstIdOf(milliseconds(createdBefore, Math.ceil)),
    updatedAfter: updatedAfter && text(milliseconds(updatedAfter, Math.floor)),
    updatedBefore: updatedBefore && text(milliseconds(updatedBefore, Math.ceil)),
  };
}

/** Since the epoch, rounded; what lies outside the years 1970 to 9999 is moved to their ends. */
function milliseconds(timestamp: string, round: (ms: number) => number): number {
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? '';
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const isFiner = /[1-9]/.test(fraction.slice(3));
  return Math.min(Math.max(0, wholeSecondOf(timestamp) + round(isFiner ? ms + 0.5 : ms)), LAST_MS);
}

function text(ms: number): string {
  return new Date(ms).toISOString();
}

export interface SearchFilters {
  readonly completed?: boolean | undefined;
  /**
   * Lower and upper bound of the id, exclusive; how `created_after` and `created_before` travel.
   */
  readonly aboveId?: string | undefined;
  readonly belowId?: string | undefined;
  readonly updatedAfter?: string | undefined;
  readonly updatedBefore?: string | undefined;
  /** Literal text, looked for in title and description regardless of case. */
  readonly text?: string | undefined;
  readonly dueBefore?: string | undefined;
  readonly dueAfter?: string | undefined;
  readonly overdue?: boolean | undefined;
  /** The time zone of the user, for `overdue`. */
  readonly timeZone?: string | undefined;
  readonly noDue?: boolean | undefined;
  readonly priority?: number | undefined;
  readonly priorityMin?: number | undefined;
  /** Tags that a task must all have. */
  readonly tags?: readonly string[] | undefined;
  /** null: only tasks whose parent is not there. */
  readonly parentId?: string | null | undefined;
}

/**
 * Text that looks the same may be stored with its accents composed (NFC) or decomposed (NFD). The
 * text as sent comes first, because it may be neither. JavaScript lowers the Turkish İ to an i with
 * a combining dot, PostgreSQL to a bare i.
 */
function spellingsOf(text: string): readonly string[] {
  return [
    ...new Set([
      text,
      text.normalize('NFC'),
      text.normalize('NFD'),
      text.replaceAll('i\u0307', 'i'),
    ]),
  ];
}

/**
 * Matches by a literal regular expression (`***=`): PostgreSQL reads each text once, whatever the
 * needle, where LIKE and strpos read it repeatedly (docs/decisions/0021-fair-shares.md).
 */
export function filterConditions(
  filters: SearchFilters,
  parameter: (value: string) => string,
): readonly string[] {
  const { completed, aboveId, belowId, updatedAfter, updatedBefore, text } = filters;
  const conditions: string[] = [];
  // Not a parameter: the index of the open tasks is for this text alone.
  if (completed !== undefined) conditions.push(completed ? 'completed' : 'not completed');
  if (aboveId !== undefined) conditions.push(`id > ${parameter(aboveId)}::uuid`);
  if (belowId !== undefined) conditions.push(`id < ${parameter(belowId)}::uuid`);
  if (updatedAfter !== undefined) {
    conditions.push(`updated_at > ${parameter(updatedAfter)}::timestamptz`);
  }
  if (updatedBefore !== undefined) {
    conditions.push(`updated_at < ${parameter(updatedBefore)}::timestamptz`);
  }
  if (text !== undefined) {
    const patterns = spellingsOf(text).map((one) => `'***=' || lower(${parameter(one)})`);
    const found = `~ any (array[${patterns.join(', ')}])`;
    conditions.push(`(lower(title) ${found} or lower(description) ${found})`);
  }
  return [...conditions, ...fieldConditions(filters, parameter)];
}

/** Also where it was deleted. */
const HAS_NO_PARENT = `not exists (
        select from tasks as parent where parent.user_id = $1 and parent.id = tasks.parent_id
      )`;

function fieldConditions(
  { dueBefore, dueAfter, noDue, priority, priorityMin, tags, parentId, ...filters }: SearchFilters,
  parameter: (value: string) => string,
): readonly string[] {
  const conditions: string[] = [...overdueConditions(filters, parameter)];
  if (dueBefore !== undefined) conditions.push(`due < ${parameter(dueBefore)}::text`);
  if (dueAfter !== undefined) conditions.push(`due > ${parameter(dueAfter)}::text`);
  if (noDue !== undefined) conditions.push(noDue ? 'due is null' : 'due is not null');
  if (priority !== undefined) {
    conditions.push(`priority = ${parameter(String(priority))}::smallint`);
  }
  if (priorityMin !== undefined) {
    conditions.push(`priority >= ${parameter(String(priorityMin))}::smallint`);
  }
  if (parentId === null) conditions.push(HAS_NO_PARENT);
  else if (parentId !== undefined) conditions.push(`parent_id = ${parameter(parentId)}::uuid`);
  if (tags !== undefined) conditions.push(`tags @> ${parameter(JSON.stringify(tags))}::jsonb`);
  return conditions;
}

function overdueConditions(
  { overdue: isOverdue, timeZone = 'UTC' }: SearchFilters,
  parameter: (value: string) => string,
): readonly string[] {
  if (isOverdue === undefined) return [];
  const { overdue } = dueConditions(`${parameter(timeZone)}::text`);
  return isOverdue ? ['not completed', overdue] : [`not (not completed and ${overdue})`];
}

/**
 * Conditions on an open task, by the clock of a zone. A time is in the zone of its task, or else in
 * this one; a date is always in this one. PostgreSQL defines the moment of a time that the clocks
 * skip.
 * @param zone SQL of the name of a zone
 */
export function dueConditions(zone: string): { readonly overdue: string; readonly today: string } {
  const moment = `(due::timestamp at time zone coalesce(time_zone, ${zone}))`;
  const localDate = `(now() at time zone ${zone})::date`;
  const hasTime = `char_length(due) = ${DUE_TIME_LENGTH}`;
  return {
    overdue: `due is not null and case
        when ${hasTime} then ${moment} < now()
        else due::date < ${localDate}
      end`,
    today: `due is not null and case
        when ${hasTime} then (${moment} at time zone ${zone})::date = ${localDate}
        else due::date = ${localDate}
      end`,
  };
}
