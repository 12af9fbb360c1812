import { NUMBER_OF_NOW, type CompiledStatement } from '../database/compiled-statement';
import { columnType, costOfPage, TASK_COLUMNS } from '../tasks/task-fields';

const TASK = TASK_COLUMNS.join(', ');
/** PostgreSQL merges the parts of a union by their indexes only where their types are equal: text, no domain. */
const TASK_OF_UNION = TASK_COLUMNS.map((column) => `${column}::${columnType(column)}`).join(', ');
const TOMBSTONE = TASK_COLUMNS.map((column) =>
  column === 'id' || column === 'version' ? column : 'null',
).join(', ');

/** What each row has behind the columns of a task and `deleted_at`, the same in each. */
const FEED = `
  feeds.since,
  feeds.last_change,
  ${NUMBER_OF_NOW}`;

const FEED_OF_OWNER = `select ${FEED}
from users
left join feeds on feeds.user_id = $1
where users.id = $1`;

/**
 * A row for each change, all of one snapshot with the feed. Without changes there
 * is one row with the feed alone, and no row without an account.
 * @param changes in order, which the loop that joins the row of the feed keeps
 */
const withFeed = (changes: string): string => `select change.*, ${FEED}
from users
left join feeds on feeds.user_id = $1
left join lateral (${changes}) change on true
where users.id = $1`;

/**
 * Written as SQL, for the query builder knows no UNION and no join to a part of a page. `$1` is the
 * owner; the limit is one more than the page has.
 */
export const CHANGES_STATEMENTS = {
  /** One row of (since, last change, now); all but the last are null where there is no feed yet. */
  feed: { name: 'changes_feed', text: FEED_OF_OWNER },
  /** The same, for a user without a feed: it makes one. */
  begin: { name: 'changes_begin', numbers: 1, text: FEED_OF_OWNER },
  /** [above id, limit] */
  tasks: {
    name: 'changes_tasks',
    cost: costOfPage,
    text: withFeed(`
  select ${TASK}, null::timestamptz
  from tasks
  where user_id = $1 and id > $2
  order by id
  limit $3::int
`),
  },
  /** [number, limit]: tasks and tombstones, merged from two indexes in the order of their numbers. */
  since: {
    name: 'changes_since',
    cost: costOfPage,
    text: withFeed(`
  select *
  from (
    (
      select ${TASK_OF_UNION}, null::timestamptz
      from tasks
      where user_id = $1 and version > $2::bigint
      order by version
      limit $3::int
    )
    union all
    (
      select ${TOMBSTONE}, deleted_at
      from trash
      where user_id = $1 and version > $2::bigint
      order by version
      limit $3::int
    )
  ) change
  order by version
  limit $3::int
`),
  },
} as const satisfies Record<string, CompiledStatement>;
