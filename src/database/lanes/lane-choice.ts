import type { CompiledStatement } from '../compiled-statement';
import type { Lane } from './lane';
import { LONG_PAGE_COST } from './limits';
import type { PendingStatement } from './pending-statement';
import type { Reach } from './reach';

/** What only reads: the query builder writes SELECT, we write select. */
const READ = /^select\b/i;

export function isRead({ text, numbers }: CompiledStatement): boolean {
  return numbers === undefined && READ.test(text);
}

/**
 * Reads take the first half of the lanes, the larger one, and writes the second, so that no read
 * waits for a commit or for a locked row. A single lane that is left carries both.
 */
export function chooseLane(
  lanes: readonly Lane[],
  { statement, cost }: PendingStatement,
  { isFar, isForReads }: Reach,
): Lane | undefined {
  const count = lanes.length;
  const half = isForReads ? count : Math.ceil(count / 2);
  const reads = isRead(statement);
  const from = reads || count < 2 ? 0 : half;
  const to = reads ? half : count;
  const isLong = cost >= LONG_PAGE_COST;
  return isFar ? farLane(lanes.slice(from, to), isLong) : nearLane(lanes, from, to, isLong);
}

/**
 * Small statements crowd together, because a full batch costs the least: a lane gets what does not
 * fit into the next batch of the lanes before it. Long pages go to the lane with the least to do.
 */
function nearLane(
  lanes: readonly Lane[],
  from: number,
  to: number,
  isLong: boolean,
): Lane | undefined {
  let best: Lane | undefined;
  for (let n = from; n < to; n += 1) {
    const lane = lanes[n];
    if (lane?.nextBatchHasRoom === true && !isLong) return lane;
    if (lane !== undefined && (best === undefined || lane.load < best.load)) best = lane;
  }
  return best;
}

/**
 * A statement takes a lane that can send at once. If there is none, it takes the one that is answered
 * first, together with all others that wait: spread over the lanes, each would wait for a round trip.
 */
function farLane(lanes: readonly Lane[], isLong: boolean): Lane | undefined {
  const withRoom = lanes.filter(({ nextBatchHasRoom }) => nextBatchHasRoom);
  const free = withRoom.filter(({ maySend }) => maySend);
  if (free.length > 0) return isLong ? least(free, ({ load }) => load) : free[0];
  return least(withRoom, ({ sentAt }) => sentAt) ?? least(lanes, ({ load }) => load);
}

function least(lanes: readonly Lane[], of: (lane: Lane) => number): Lane | undefined {
  return lanes.reduce<Lane | undefined>(
    (best, lane) => (best === undefined || of(lane) < of(best) ? lane : best),
    undefined,
  );
}
