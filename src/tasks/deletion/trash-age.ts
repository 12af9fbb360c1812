import { NUMBER_OF_NOW } from '../../database/compiled-statement';

/** As long as a token of the changes is good: within it, a client must learn what was deleted. */
const TOMBSTONE_DAYS_MIN = 30;
const MICROSECONDS_OF_A_DAY = 86_400_000_000;

/**
 * Orders that only the index of content has (ix_trash_content). In the plain order, PostgreSQL may take the
 * index of all numbers, and read tombstones on the way.
 */
export const LATEST_CONTENT = 'version desc nulls last';
export const OLDEST_CONTENT = 'version nulls first';

/** Numbers of a feed are microseconds of the clock, so they say how old a row of the trash is. */
function numberOf(daysAgo: string): string {
  return `${NUMBER_OF_NOW} - (${daysAgo})::bigint * ${MICROSECONDS_OF_A_DAY}`;
}

/** The least number of what may still be shown and restored. @param days TRASH_DAYS, in SQL */
export function contentSince(days: string): string {
  return numberOf(`${days}::int`);
}

/** The least number of what still stands for a deleted task. @param days TRASH_DAYS, in SQL */
export function tombstonesSince(days: string): string {
  return numberOf(`greatest(${days}::int, ${TOMBSTONE_DAYS_MIN}) + 1`);
}
