import type { CompiledStatement } from '../../database/compiled-statement';
import { contentSince, OLDEST_CONTENT, tombstonesSince } from './trash-age';

/** One deletion in fifty sweeps, so this is twice what comes meanwhile. */
const SWEPT_ROWS = 100;

/**
 * [TRASH_DAYS]: what is due in the trash of one user: some of the oldest rows lose their content, and some of the oldest
 * tombstones go. No row is touched twice. Each row is found by its whole key, and the keys by the order of an
 * index: ways that PostgreSQL cannot miss, whatever it knows of the table. Clients see no change, but the feed
 * is locked first, as everywhere.
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
