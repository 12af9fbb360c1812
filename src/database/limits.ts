/**
 * Every limit on the way to the database. lanes/README.md adds them up for a client, and
 * docs/operations.md promises the sums.
 */

/** How long the database may keep a request waiting, in milliseconds. Beyond it the answer is a 503. */
export interface DatabaseWaits {
  /** For a statement of the session, and for a lock in it. */
  readonly forStatement: number;
  readonly forLock: number;
  /** For a lane, where all are lost. The first ones wait as long as DATABASE_WAKE_TIMEOUT. */
  readonly forLane: number;
  /** In the queue of a lane. The statement has not been sent, so nothing has happened. */
  readonly forTurn: number;
  /** In that queue, where the first batch of the statement was rolled back. Both turns together. */
  readonly forNextTurn: number;
  /** For a turn at writing an account. */
  readonly forAccount: number;
  /** For a turn at the connections of the pool. */
  readonly forPool: number;
  /** For a new connection of the pool. */
  readonly toConnect: number;
  /** For an answer there: longer than any statement may run, so the server is frozen. */
  readonly forAnswer: number;
  /** For a statement on a lane, and for a row lock in it: all behind it wait as well. */
  readonly forLaneStatement: number;
  readonly forLaneLock: number;
  /** For any byte of a batch: the server is frozen, or too slow for all behind it. */
  readonly forLaneAnswer: number;
}

/** Tests of other features set longer ones. */
export const DATABASE_WAITS: DatabaseWaits = {
  forStatement: 5_000,
  forLock: 1_000,
  forLane: 1_000,
  forTurn: 1_000,
  forNextTurn: 1_500,
  forAccount: 5_000,
  forPool: 1_500,
  toConnect: 1_500,
  forAnswer: 8_000,
  forLaneStatement: 800,
  forLaneLock: 300,
  forLaneAnswer: 1_750,
};

/** A read waits a third as long at a replica, because it may wait at the primary after that. */
export function waitsAtReplica(waits: DatabaseWaits): DatabaseWaits {
  const { forLaneStatement, forLaneLock, forLaneAnswer, forTurn, forNextTurn } = waits;
  return {
    ...waits,
    // A statement that finds no lane open does not wait for one.
    forLane: 0,
    forTurn: forTurn / 3,
    forNextTurn: forNextTurn / 3,
    forPool: waits.forPool / 3,
    toConnect: waits.toConnect / 3,
    forAnswer: waits.forAnswer / 3,
    forLaneStatement: Math.round(forLaneStatement / 3),
    forLaneLock: Math.round(forLaneLock / 3),
    forLaneAnswer: forLaneAnswer / 3,
  };
}

/** How often a replica is checked while reads come, and how far behind it may be. */
export const REPLICA_LOOK_MS = 5_000;
export const REPLICA_LAG_MS = 2_000;
/** After this many failures in a row it is not used, until a check succeeds. */
export const REPLICA_FAILURES = 3;

/** A lane that has been idle for this long may find the database asleep, and waits for it to wake. */
export const IDLE_LANE_MS = 10_000;

/** How often a lane looks for statements that have waited too long, and for a silent server. */
export const TICK_MS = 200;

/** One more batch is on its way for each of these milliseconds to the database and back. */
export const ROUND_TRIP_OF_BATCH_MS = 2;
/** Batches on their way on one lane. */
export const BATCHES_OF_LANE = 16;
/** Lanes through a pooler that is far away. */
export const LANES_OF_POOLER = 32;

/** Statements that a lane holds, queued and sent. As many requests may wait while no lane is open. */
export const MAX_STATEMENTS = 512;
/** Of them, the queued ones of one user: a crowd of requests of one user keeps nobody else out. */
export const MAX_STATEMENTS_OF_USER = MAX_STATEMENTS / 2;

/** Fraction of a batch that a statement uses at least: 64 statements fit. */
export const MIN_COST = 1 / 64;
/** Fraction of a batch that the statements of one user may use together. */
export const MAX_COST_OF_USER = 1 / 2;
/** In batches, what a lane has on its way: the answers to all of it may be in memory at a time. */
export const MAX_COST_SENT = 4;
/** A page of this cost gains little from company: it goes to the lane with the least to do. */
export const LONG_PAGE_COST = 1 / 8;

/** The pause before a lane opens again, doubled up to the second after each failure. */
export const REOPEN_FIRST_MS = 50;
export const REOPEN_MOST_MS = 500;
/** The age at which a lane to a server that takes no writes is replaced: reads go on there. */
export const READ_ONLY_LANE_MS = 500;
