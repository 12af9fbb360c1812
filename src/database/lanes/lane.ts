import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement } from '../compiled-statement';
import { LaneConnection, type LaneOptions } from './lane-connection';
import { LaneQueue, type PendingStatement, totalCost } from './lane-queue';
import { MAX_COST_SENT, MAX_STATEMENTS, MAX_STATEMENTS_OF_USER, TICK_MS } from '../limits';
import {
  type BatchResult,
  type Departure,
  DISPLACED,
  LATE,
  NOT_RUN,
  outcomesOf,
} from '../batch/outcomes';

/** The owner of a lane. */
export interface LaneListener {
  /** Called once, when the lane accepts no more work. */
  readonly onRetired: (lane: Lane) => void;
  readonly onBatch: (statements: number) => void;
  /** Called once for each statement, when it leaves the lane. */
  readonly onDeparture: (lane: Lane, statement: PendingStatement, outcome: Departure) => void;
}

/**
 * A connection that many requests share. While a batch of statements is on its way, the next one
 * gathers: the busier a lane is, the less each request costs. An idle lane sends at once.
 */
export class Lane {
  readonly #connection: LaneConnection;
  readonly #maxBatchesSent: number;
  readonly #queue: LaneQueue;
  readonly #openedAt = performance.now();
  #ticks: NodeJS.Timeout | undefined;
  #load = 0;
  #costSent = 0;
  #isSendScheduled = false;
  #isRetired = false;
  #isStale = false;
  #onIdle: () => void = () => undefined;

  private constructor(
    connection: LaneConnection,
    options: LaneOptions,
    private readonly listener: LaneListener,
  ) {
    this.#connection = connection;
    this.#maxBatchesSent = options.batches;
    this.#queue = new LaneQueue(options.waits);
    connection.onLost = () => {
      this.#giveUp();
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

  /** Statements that are queued or sent. */
  get load(): number {
    return this.#load;
  }

  get nextBatchHasRoom(): boolean {
    return this.#queue.nextBatchHasRoom;
  }

  /** Whether the next batch leaves without waiting for one that is on its way. */
  get maySend(): boolean {
    const { isLost, batchesSent } = this.#connection;
    return !isLost && batchesSent < this.#maxBatchesSent && this.#costSent < MAX_COST_SENT;
  }

  /** When the batch that is answered next was sent, on the clock of `performance`. */
  get sentAt(): number {
    return this.#connection.sentAt;
  }

  /** Whether it accepts one more statement of this user; another one may have to leave for it. */
  makeRoomFor({ userId }: UserScope): boolean {
    if (this.#load < MAX_STATEMENTS_OF_USER) return true;
    if (this.#queue.countOf(userId) >= MAX_STATEMENTS_OF_USER) return false;
    if (this.#load < MAX_STATEMENTS) return true;
    const given = this.#queue.takeFor(userId);
    this.#release(given, DISPLACED);
    return given.length > 0;
  }

  /** Whether its connection has failed; it was retired on purpose otherwise. */
  get isLost(): boolean {
    return this.#connection.isLost;
  }

  /** Whether its session did not know a statement, or planned it for an older schema. */
  get isStale(): boolean {
    return this.#isStale;
  }

  get ageMs(): number {
    return performance.now() - this.#openedAt;
  }

  /** Accepts a statement. `onDeparture` reports its outcome. */
  take(statement: PendingStatement): void {
    this.#load += 1;
    this.#startTicks();
    statement.queuedAt = performance.now();
    this.#queue.add(statement);
    this.#scheduleSend();
  }

  /** Accepts no new work. It finishes its work, then the connection closes. */
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
    this.#stopTicks();
    await this.#connection.end();
  }

  /** Statements of one turn of the event loop leave an idle lane together. */
  #scheduleSend(): void {
    if (this.#isSendScheduled || !this.maySend) return;
    this.#isSendScheduled = true;
    setImmediate(() => {
      this.#isSendScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.maySend) {
      const batch = this.#queue.nextBatch();
      if (batch.length === 0) return;
      this.listener.onBatch(batch.length);
      this.#costSent += totalCost(batch);
      this.#connection.send(batch, (result) => {
        this.#settle(batch, result);
      });
    }
  }

  #settle(batch: readonly PendingStatement[], result: BatchResult): void {
    this.#costSent -= totalCost(batch);
    const departures: [PendingStatement, Departure][] = [];
    outcomesOf(batch, result).forEach((outcome, n) => {
      const statement = batch[n];
      if (statement === undefined) return;
      if (outcome.kind === 'rolled-back') this.#queue.requeue(statement);
      else if (outcome.kind === 'retry-alone') this.#queue.requeueAlone(statement);
      else departures.push([statement, outcome]);
    });
    const areRequeued = departures.length < batch.length;
    if (areRequeued) this.#release(this.#queue.takeLate(), LATE);
    // A session that does not know one statement does not know the others: a migration outdates
    // all.
    if (departures[0]?.[1] === NOT_RUN) {
      this.#isStale = true;
      this.#giveUp();
    }
    // PostgreSQL works on the next batch while the answers of this one are delivered.
    this.#send();
    for (const [statement, outcome] of departures) {
      this.listener.onDeparture(this, statement, outcome);
    }
    this.#releaseLoad(departures.length);
  }

  /** Queued statements have not run, so they can go to another lane. */
  #giveUp(): void {
    this.retire();
    this.#release(this.#queue.takeAll(), NOT_RUN);
  }

  #startTicks(): void {
    this.#ticks ??= setInterval(() => {
      // After the answers that have arrived meanwhile.
      setImmediate(() => {
        this.#onTick();
      });
    }, TICK_MS).unref();
  }

  #onTick(): void {
    if (this.#load === 0) {
      this.#stopTicks();
      return;
    }
    // While the database wakes, statements wait for it together.
    if (!this.#connection.isWaking) this.#release(this.#queue.takeLate(), LATE);
    this.#connection.cutIfSilent();
  }

  /** An idle lane has no timer. */
  #stopTicks(): void {
    clearInterval(this.#ticks);
    this.#ticks = undefined;
  }

  #release(statements: readonly PendingStatement[], outcome: Departure): void {
    for (const statement of statements) this.listener.onDeparture(this, statement, outcome);
    this.#releaseLoad(statements.length);
  }

  #releaseLoad(count: number): void {
    this.#load -= count;
    if (this.#load === 0) this.#onIdle();
  }
}
