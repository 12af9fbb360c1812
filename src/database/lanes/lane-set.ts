import { Logger } from '@nestjs/common';
import { isRead } from '../compiled-statement';
import type { Lane, LaneListener } from './lane';
import type { PendingStatement } from './lane-queue';
import { LONG_PAGE_COST, REOPEN_FIRST_MS, REOPEN_MOST_MS } from '../limits';
import type { Reach } from './reach';

export interface LaneSetOptions {
  readonly reach: Reach;
  readonly open: (listener: Pick<LaneListener, 'onRetired'>) => Promise<Lane>;
  readonly onOpened: () => void;
  /** Whether a statement waits for a lane. */
  readonly isWanted: () => boolean;
}

/**
 * The lanes that are open, and which of them a statement takes. One that is lost or retires is replaced when the next statement comes:
 * without requests nothing is opened, so that an idle database may sleep.
 */
export class LaneSet {
  readonly #logger = new Logger('Lanes');
  #lanes: readonly Lane[] = [];
  #opening = 0;
  /** Active while no lane may be opened, after a failure. */
  #pause: NodeJS.Timeout | undefined;
  #pauseMs = REOPEN_FIRST_MS;
  #isClosing = false;
  #reopened = 0;

  constructor(private readonly options: LaneSetOptions) {}

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** The lane that a statement takes; undefined if none is open. */
  laneFor(statement: PendingStatement): Lane | undefined {
    return chooseLane(this.#lanes, statement, this.options.reach);
  }

  get isComplete(): boolean {
    return this.#lanes.length === this.options.reach.lanes;
  }

  /** How many have been replaced since the start. */
  get reopened(): number {
    return this.#reopened;
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.reach.lanes }, () => this.#add()));
  }

  /** Opens the missing ones, because a statement has arrived. */
  complete(): void {
    if (this.#isClosing || this.#pause !== undefined) return;
    for (let n = this.#lanes.length + this.#opening; n < this.options.reach.lanes; n += 1) {
      this.#opening += 1;
      void this.#reopen().finally(() => {
        this.#opening -= 1;
      });
    }
  }

  /** Waits for what is in flight. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#pause);
    const open = this.#lanes;
    this.#lanes = [];
    await Promise.all(open.map((lane) => lane.close()));
  }

  async #add(): Promise<void> {
    const lane = await this.options.open({
      onRetired: (retired) => {
        this.#remove(retired);
      },
    });
    if (this.#isClosing) return lane.close();
    this.#lanes = [...this.#lanes, lane];
    this.options.onOpened();
  }

  async #reopen(): Promise<void> {
    try {
      await this.#add();
      this.#reopened += 1;
      this.#pauseMs = REOPEN_FIRST_MS;
    } catch {
      this.#startPause();
    }
  }

  #startPause(): void {
    if (this.#isClosing || this.#pause !== undefined) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.options.isWanted()) this.complete();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, REOPEN_MOST_MS);
  }

  #remove(retired: Lane): void {
    if (!this.#lanes.includes(retired)) return;
    this.#lanes = this.#lanes.filter((lane) => lane !== retired);
    if (!retired.isLost) {
      this.#logger.warn('A database lane is out of date; the next statement opens another one');
    } else if (retired.load > 0) {
      this.#logger.warn('A database lane was lost; the next statement opens another one');
    } else {
      this.#logger.log('An idle database lane was closed; the next statement opens another one');
    }
  }
}

/**
 * Reads take the first, larger half of the lanes and writes the second, so that no read waits for a
 * commit or a locked row. If a single lane is left, it carries both.
 */
function chooseLane(
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
 * Small statements gather, because a full batch costs the least: a lane gets the statements that do
 * not fit into the next batch of the lanes before it. Long pages go to the lane with the least to
 * do.
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
