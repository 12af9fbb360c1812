import type { ListTasksQuery } from '../dto/list-tasks.query';
import type { SearchFilters } from './search-filters';
import { timeRanges } from './time-ranges';

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
  };
}
