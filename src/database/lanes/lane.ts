import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement, Row } from '../compiled-statement';
import { isRolledBack } from '../database-errors';
import { type BatchOutcome, LaneConnection, type LaneOptions } from './lane-connection';
import { type Asked, LaneQueue, type Waiting } from './lane-queue';
import type { ScopeMode } from './pipeline-batch';

/**
 * Batches on their way at a time; while one is, the next one gathers. Citus would have to commit
 * the tasks of several users on several workers, so there no statement waits for others.
 */
const ON_THEIR_WAY: Readonly<Record<ScopeMode, number>> = { implicit: 1, transaction: 64 };
const WATCH_INTERVAL_MS = 200;
/** Statements that a lane takes at a time. */
export const LANE_ROOM = 512;
/** Of them, those of one user that wait: nobody's crowd of requests keeps others out. */
const USER_ROOM = LANE_ROOM / 2;

/** Who wants to know what a lane does. */
export interface LaneListener {
  /** Told once, when the lane takes no more work. */
  readonly onRetired: (lane: Lane) => void;
  readonly onBatch: (statements: number) => void;
}

/**
 * A connection that many requests share. While a batch of statements is on its way, the next one
 * gathers: the busier a lane is, the less each request costs, and an idle one sends at once.
 */
export class Lane {
  readonly #connection: LaneConnection;
  readonly #mostOnTheirWay: number;
  readonly #queue: LaneQueue;
  readonly #openedAt = performance.now();
  #watch: NodeJS.Timeout | undefined;
  #load = 0;
  #isSendingDue = false;
  #isRetired = false;
  #onIdle: () => void = () => undefined;

  private constructor(
    connection: LaneConnection,
    { mode, waits }: LaneOptions,
    private readonly listener: LaneListener,
  ) {
    this.#connection = connection;
    this.#mostOnTheirWay = ON_THEIR_WAY[mode];
    this.#queue = new LaneQueue(mode === 'implicit', waits);
    connection.onLost = () => {
      this.#lose();
    };
  }

  static async open(
    options: LaneOptions,
    statements: readonly CompiledStatement[],
    listener: LaneListener,
  ): Promise<Lane> {
    const connection = await LaneConnection.open(options, statements);
    return new Lane(connection, options, listener);
  }

  /** Statements that wait or are on their way. */
  get load(): number {
    return this.#load;
  }

  get nextBatchHasRoom(): boolean {
    return this.#queue.nextBatchHasRoom;
  }

  /** Whether it takes one more statement of this user. */
  hasRoomFor({ userId }: UserScope): boolean {
    if (this.#load < USER_ROOM) return true;
    return this.#load < LANE_ROOM && this.#queue.countOf(userId) < USER_ROOM;
  }

  /** Whether its connection has failed; it was retired on purpose otherwise. */
  get isLost(): boolean {
    return this.#connection.isLost;
  }

  get ageMs(): number {
    return performance.now() - this.#openedAt;
  }

  /**
   * Runs one statement under one scope; settles when PostgreSQL has committed or refused it.
   * @throws NotRunError, or the driver's error
   */
  run({ scope, statement, values, share }: Asked): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#load += 1;
      this.#watch ??= setInterval(() => {
        // After the answers that have arrived meanwhile.
        setImmediate(() => {
          this.#lookAtTheTime();
        });
      }, WATCH_INTERVAL_MS).unref();
      const since = performance.now();
      this.#queue.add({ scope, statement, values, share, since, resolve, reject });
      this.#sendSoon();
    });
  }

  /** Takes no new work; what it has still settles, then the connection closes. */
  retire(): void {
    if (this.#isRetired) return;
    void this.close();
    this.listener.onRetired(this);
  }

  /** Retires, and waits until the connection is closed. */
  async close(): Promise<void> {
    this.#isRetired = true;
    if (this.#load > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#endWatch();
    await this.#connection.end();
  }

  /** What one turn of the event loop asks of an idle lane leaves together. */
  #sendSoon(): void {
    if (this.#isSendingDue || !this.#maySend) return;
    this.#isSendingDue = true;
    setImmediate(() => {
      this.#isSendingDue = false;
      this.#send();
    });
  }

  get #maySend(): boolean {
    return !this.#connection.isLost && this.#connection.onTheirWay < this.#mostOnTheirWay;
  }

  #send(): void {
    while (this.#maySend) {
      const batch = this.#queue.nextBatch();
      if (batch.length === 0) return;
      this.listener.onBatch(batch.length);
      this.#connection.send(batch, (outcome) => {
        this.#settle(batch, outcome);
      });
    }
  }

  #settle(batch: readonly Waiting[], outcome: BatchOutcome): void {
    const told = this.#keepUndone(batch, outcome);
    // PostgreSQL has the next batch to work on while this one is told.
    this.#send();
    told.forEach(({ resolve, reject }, n) => {
      if (outcome.error === undefined) resolve(outcome.answers[n] ?? []);
      else reject(outcome.error);
    });
    this.#lighten(told.length);
  }

  /** One statement that fails undoes the whole batch; its neighbours have yet to succeed or fail. */
  #keepUndone(batch: readonly Waiting[], outcome: BatchOutcome): readonly Waiting[] {
    if (outcome.error === undefined || batch.length === 1 || !isRolledBack(outcome.error)) {
      return batch;
    }
    const failed = batch[outcome.failed];
    this.#queue.takeBack(batch, failed);
    this.#lighten(this.#queue.refuseLate());
    return failed === undefined ? [] : [failed];
  }

  /** What was sent may have been done or not. What still waits has not, and can go elsewhere. */
  #lose(): void {
    this.retire();
    this.#lighten(this.#queue.refuseAll());
  }

  #lookAtTheTime(): void {
    if (this.#load === 0) {
      this.#endWatch();
      return;
    }
    this.#lighten(this.#queue.refuseLate());
    this.#connection.cutIfSilent();
  }

  /** An idle server should be idle. */
  #endWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #lighten(by: number): void {
    this.#load -= by;
    if (this.#load === 0) this.#onIdle();
  }
}
