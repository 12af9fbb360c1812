import type { CompiledStatement } from '../database/compiled-statement';

/** Longer than two renewals, so that one may fail. */
const MARK_SECONDS = 60;

/** Statements on the mark of a feed; `$1` is the user. Rows of (last_change): none without a feed. */
export const FEED_MARK_STATEMENTS = {
  /** The row lock puts each write before the answer, or behind the mark. */
  mark: {
    name: 'feed_mark',
    text: `update feeds
      set watched_until = now() + interval '${MARK_SECONDS} seconds'
      where user_id = $1
      returning last_change`,
  },
  look: { name: 'feed_look', text: 'select last_change from feeds where user_id = $1' },
} as const satisfies Record<string, CompiledStatement>;
