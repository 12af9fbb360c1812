import type { Env } from '../../config/env';
import type { DatabaseSession } from '../session/database-session';
import { BATCHES_OF_LANE, LANES_OF_POOLER, ROUND_TRIP_OF_BATCH_MS } from '../limits';

/** How the lanes reach the database, and how many batches are on their way to it at a time. */
export interface Reach {
  /** Whether the session of a lane is its own: a pooler lends another one for each batch. */
  readonly hasOwnSessions: boolean;
  /** Whether a statement takes a lane that can send at once instead of gathering with others. */
  readonly isFar: boolean;
  /** Whether no lane is kept for writes: there are none on a replica. */
  readonly isForReads: boolean;
  readonly lanes: number;
  /** On each lane; statements gather for the next one meanwhile. */
  readonly batches: number;
}

/**
 * Near the database a lane has one batch on its way. The longer the round trip, the longer a statement
 * would wait for the batch before it, so more are on their way: on the same lanes, where their sessions
 * are their own. A pooler takes the end of one batch for the end of all, so there it takes more lanes,
 * unless DATABASE_LANES says how many.
 */
export function reachOf(
  {
    isDirect,
    roundTripMs,
    isReplica = false,
  }: Pick<DatabaseSession, 'isDirect' | 'roundTripMs'> &
    Partial<Pick<DatabaseSession, 'isReplica'>>,
  { lanes, lanesFollowDistance, prepare }: Env['database'],
): Reach {
  const wanted = 1 + Math.floor(roundTripMs / ROUND_TRIP_OF_BATCH_MS);
  const far = {
    isFar: wanted > 1,
    isForReads: isReplica,
    hasOwnSessions: isDirect && prepare,
  };
  if (!far.hasOwnSessions) {
    const most = lanesFollowDistance ? LANES_OF_POOLER : lanes;
    return { ...far, lanes: Math.min(lanes * wanted, most), batches: 1 };
  }
  return { ...far, lanes, batches: Math.min(wanted, BATCHES_OF_LANE) };
}
