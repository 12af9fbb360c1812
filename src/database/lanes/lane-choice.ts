import type { Lane } from './lane';
import { LONG_PAGE_COST } from './limits';
import type { PendingStatement } from './pending-statement';
import type { Reach } from './reach';

/** What only reads: the query builder writes SELECT, we write select. */
const READ = /^select\b/i;

/**
 * Reads take the first half of the lanes, the larger one, and writes the second, so that no read
 * waits for a commit or for a locked row. A single lane that is left carries both. Small statements
 * crowd together, because a full batch costs the least: a lane gets what does not fit into the next
 * batch of the lanes before it, or, far from the database, what would have to wait there. Long pages
 * go to the lane with the least to do.
 */
export function chooseLane(
  lanes: readonly Lane[],
  { statement: { text, numbers }, cost }: PendingStatement,
  { isFar }: Reach,
): Lane | undefined {
  const count = lanes.length;
  const isRead = numbers === undefined && READ.test(text);
  const end = isRead ? Math.ceil(count / 2) : count;
  let best: Lane | undefined;
  for (let n = isRead || count < 2 ? 0 : Math.ceil(count / 2); n < end; n += 1) {
    const lane = lanes[n];
    if (lane === undefined) continue;
    const hasRoom = lane.nextBatchHasRoom && (lane.maySend || !isFar);
    if (hasRoom && cost < LONG_PAGE_COST) return lane;
    if (best === undefined || lane.load < best.load) best = lane;
  }
  return best;
}
