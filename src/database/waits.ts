/** How long the database may keep a request waiting, in milliseconds. Beyond it the answer is a 503. */
export interface DatabaseWaits {
  /** For a statement of the session, and for a lock in it. */
  readonly forStatement: number;
  readonly forLock: number;
  /** For a lane, where all are lost. */
  readonly forLane: number;
  /** In the queue of a lane. The statement has not been sent, so nothing has happened. */
  readonly forTurn: number;
  /** In that queue again, after a neighbour undid the statement's first turn. */
  readonly forNextTurn: number;
  /** For a share of the pool. */
  readonly forPool: number;
  /** For a new connection of the pool. */
  readonly toConnect: number;
  /** For a statement on a lane, and for a row lock in it: all behind it wait as well. */
  readonly forLaneStatement: number;
  readonly forLaneLock: number;
  /** For any byte of a batch: the server is frozen, or too slow for all behind it. */
  readonly forLaneAnswer: number;
}

/** docs/operations.md promises their sums. Tests of other things set longer ones. */
export const DATABASE_WAITS: DatabaseWaits = {
  forStatement: 5_000,
  forLock: 1_000,
  forLane: 1_000,
  forTurn: 1_000,
  forNextTurn: 1_500,
  forPool: 1_500,
  toConnect: 1_500,
  forLaneStatement: 800,
  forLaneLock: 300,
  forLaneAnswer: 1_750,
};
