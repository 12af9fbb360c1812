import { type CompiledStatement, NUMBER_OF_NOW, TODAY } from '../../database/compiled-statement';

/** As long as a token of the changes is valid: within it, a client must learn of deletions. */
const TOMBSTONE_DAYS_MIN = 30;
const MICROSECONDS_OF_A_DAY = 86_400_000_000;

/**
 * Orders that only the index of content has (ix_trash_content). In the plain order, PostgreSQL may
 * use the index of all numbers, and read tombstones.
 */
export const LATEST_CONTENT = 'version desc nulls last';
export const OLDEST_CONTENT = 'version nulls first';

/** Numbers of a feed are microseconds of the clock, so they show the age of a row of the trash. */
function numberOf(daysAgo: string): string {
  return `${NUMBER_OF_NOW} - (${daysAgo})::bigint * ${MICROSECONDS_OF_A_DAY}`;
}

/** The least number that may still be shown and restored. @param days TRASH_DAYS, in SQL */
export function contentSince(days: string): string {
  return numberOf(`${days}::int`);
}

/** The least number of a tombstone that is still kept. @param days TRASH_DAYS, in SQL */
function tombstonesSince(days: string): string {
  return numberOf(`greatest(${days}::int, ${TOMBSTONE_DAYS_MIN}) + 1`);
}

/** Where a batch of rows has the key of a table. */
const sameRow = (table: string, key: readonly string[]): string =>
  key.map((column) => `${table}.${column} = batch.${column}`).join(' and ');

const OF_TRASH = sameRow('trash', ['user_id', 'id']);
const OF_REPLIES = sameRow('replies', ['user_id', 'day', 'key']);

/**
 * Erases expired rows of all users, also of those who never delete a task again: for the owner of
 * the tables, in batches of rows.
 * @param trashDays TRASH_DAYS
 */
export function expired(
  trashDays: number,
): readonly { readonly table: string; readonly statement: string }[] {
  const days = String(trashDays);
  return [
    {
      table: 'trash',
      statement: `update trash set task = null from batch
        where ${OF_TRASH} and trash.task is not null and trash.version < ${contentSince(days)}`,
    },
    {
      table: 'trash',
      statement: `delete from trash using batch
        where ${OF_TRASH} and trash.version < ${tombstonesSince(days)}`,
    },
    {
      table: 'replies',
      statement: `delete from replies using batch
        where ${OF_REPLIES} and replies.day < ${TODAY} - 1`,
    },
  ];
}

/** One deletion in fifty sweeps, so this is twice what comes meanwhile. */
const SWEPT_ROWS = 100;

/**
 * [TRASH_DAYS]: what is due in the trash of one user: some of the oldest rows lose their content,
 * and some of the oldest tombstones go. No row is touched twice. Each row is found by its whole
 * key, and the keys by the order of an index: PostgreSQL uses these whatever its statistics.
 * Clients see no change, but the feed is locked first, as everywhere.
 */
export const SWEEP_TRASH = {
  name: 'trash_sweep',
  numbers: 1,
  cost: () => 1 / 2,
  text: `with emptied as (
    update trash set task = null
    where user_id = $1 and id = any (array(
      select id from trash
      where user_id = $1 and task is not null
        and version < ${contentSince('$2')} and version >= ${tombstonesSince('$2')}
      order by ${OLDEST_CONTENT}
      limit ${SWEPT_ROWS}
    ))
  )
  delete from trash
  where user_id = $1 and id = any (array(
    select id from trash
    where user_id = $1 and version < ${tombstonesSince('$2')}
    order by version
    limit ${SWEPT_ROWS}
  ))`,
} as const satisfies CompiledStatement;

/**
 * Whether a sweep follows a deletion: after one in fifty, because a sweep with nothing to do takes 0.7 of the time of a
 * deletion.
 * @param version the number of the deletion; where the clock has no microseconds, it ends with 00 more often
 */
export function isSweptAfter(version: string): boolean {
  return version.endsWith('00') || version.endsWith('50');
}
