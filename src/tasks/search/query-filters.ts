import { type ListTasksQuery, NO_PARENT } from '../dto/list-tasks.query';
import { wholeSecondOf } from '../dto/timestamp-rules';
import { firstIdOf, lastIdOf } from '../task-id';
import type { SearchFilters } from './search-filters';

type TimeFilters = Pick<
  ListTasksQuery,
  'created_after' | 'created_before' | 'updated_after' | 'updated_before'
>;
type TimeRanges = Pick<SearchFilters, 'aboveId' | 'belowId' | 'updatedAfter' | 'updatedBefore'>;

/** The last millisecond that a four-digit year can write, since the epoch. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** What the parameters of a list ask for. */
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
