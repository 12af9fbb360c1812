import type { Row } from '../database/compiled-statement';
import { dueConditions } from './search/search-filters';

/** More tags than people look at; a user may have ten of them for each task. */
export const SUMMARY_TAGS_MAX = 100;

/** What a page of today begins with. */
export interface TasksSummary {
  readonly open: number;
  readonly overdue: number;
  readonly due_today: number;
  readonly tags: readonly { readonly name: string; readonly open: number }[];
}

const { overdue, today } = dueConditions('$2::text');

/**
 * [time zone]: one row of (open, overdue, due today, tags as JSON), of the open tasks alone: O(open),
 * so it runs on the pool.
 */
export const TASKS_SUMMARY = `with task as materialized (
    select due, time_zone, tags
    from tasks
    where user_id = $1 and not completed
  ), tag as (
    select name, count(*) as open
    from task, jsonb_array_elements_text(tags) as name
    group by name
    order by open desc, name collate "C"
    limit ${SUMMARY_TAGS_MAX}
  )
  select
    count(*),
    count(*) filter (where ${overdue}),
    count(*) filter (where ${today}),
    (select coalesce(json_agg(json_build_object('name', name, 'open', open)), '[]') from tag)
  from task`;

export function summaryOf([open, overdueTasks, dueToday, tags]: Row): TasksSummary {
  return {
    open: Number(open),
    overdue: Number(overdueTasks),
    due_today: Number(dueToday),
    tags: JSON.parse(tags ?? '[]') as TasksSummary['tags'],
  };
}
