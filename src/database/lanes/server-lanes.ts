import type { Env } from '../../config/env';
import type { UserScope } from '../../user-scope/user-scope';
import {
  type CompiledStatement,
  numbersOf,
  type Row,
  type StatementValue,
} from '../compiled-statement';
import { DatabaseRefusal, isReadOnly } from '../database-errors';
import type { DatabaseSession } from '../session/database-session';
import type { DatabaseUse, Carrier } from '../database-use';
import { type PoolLoad, ScopedPool } from '../pool/scoped-pool';
import { WakeWindow } from '../pool/wake-window';
import { Lane, type LaneListener } from './lane';
import { LaneSet } from './lane-set';
import type { LanesLoad } from './lanes-load';
import { LastChange } from '../batch/last-change';
import { MAX_STATEMENTS, READ_ONLY_LANE_MS } from '../limits';
import type { Departure } from '../batch/outcomes';
import { costOf, type LaneRun, type PendingStatement, WaitingStatements } from './lane-queue';
import type { Answer, StatementTexts } from '../batch/pipeline-batch';
import { type Reach, reachOf } from './reach';
import { isWatched, refusalOf } from '../batch/scope-statements';

/** The lanes to one server: the few connections that carry its statements (README.md). */
export class ServerLanes implements Carrier<CompiledStatement, LaneRun> {
  readonly reach: Reach;
  readonly #waiting = new WaitingStatements();
  readonly #set: LaneSet;
  readonly #wake: WakeWindow;
  /** With DATABASE_LANES=0 it replaces the lanes. */
  readonly #plainPool: ScopedPool | undefined;
  readonly #lastChange: LastChange | undefined;
  #texts: StatementTexts;
  #waits = 0;
  #refusals = 0;
  #batches = 0;
  #statementsSent = 0;

  constructor(
    private readonly session: DatabaseSession,
    private readonly env: Env,
    private readonly use: DatabaseUse,
    /** The statements that run here; each lane parses all of them when it opens. */
    private readonly statements: readonly CompiledStatement[],
  ) {
    const { lanes, prepare } = env.database;
    this.reach = reachOf(session, env.database);
    this.#lastChange = LastChange.around(session, env);
    this.#plainPool = lanes === 0 ? new ScopedPool(session, env, 'lanes', use) : undefined;
    this.#texts = session.keepsNames && prepare ? 'kept' : 'sent';
    this.#wake = new WakeWindow(env.database.wakeMs);
    this.#set = new LaneSet({
      reach: this.reach,
      open: (listener) => this.#openLane(listener),
      onOpened: () => {
        this.#wake.end();
        for (const statement of this.#waiting.takeAll()) this.#dispatch(statement);
      },
      isWanted: () => this.#waiting.size > 0,
    });
  }

  /** Whether a lane is open. Missing ones are opened meanwhile. */
  get isOpen(): boolean {
    if (!this.#set.isComplete) this.#set.complete();
    return this.#set.lanes.length > 0;
  }

  async open(): Promise<void> {
    await this.#set.open();
  }

  /** Waits for what is in flight, and opens no more lanes. */
  async close(): Promise<void> {
    await this.#set.close();
    await this.#plainPool?.close();
  }

  get load(): LanesLoad {
    const configured = this.reach.lanes;
    return {
      configured,
      open: this.#set.lanes.length,
      inFlight: this.#set.lanes.reduce((sum, { load }) => sum + load, 0),
      most: configured * MAX_STATEMENTS,
      waiting: this.#waiting.size,
      waits: this.#waits,
      refusals: this.#refusals,
      reconnections: this.#set.reopened,
      batches: this.#batches,
      statements: this.#statementsSent,
    };
  }

  /** The load of the pool that replaces the lanes. */
  get poolLoad(): PoolLoad | undefined {
    return this.#plainPool?.load;
  }

  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    { minCost, keyed }: LaneRun = {},
  ): Promise<readonly Row[]> {
    const numbers = numbersOf(statement, values);
    if (this.#plainPool !== undefined)
      return this.#plainPool.run(scope, statement.text, values, { ...statement, numbers, keyed });
    const cost = costOf(statement, values, minCost);
    const answer = new Promise<readonly Row[]>((resolve, reject) => {
      const lanesLeft = this.reach.lanes;
      const asked = { scope, statement, values, keyed, cost };
      const pending = { ...asked, lanesLeft, queuedAt: 0, resolve, reject };
      if (this.#set.laneFor(pending)?.makeRoomFor(scope) === false)
        this.#refuse(pending, 'overloaded');
      else this.#dispatch(pending);
    });
    return this.use.note(answer);
  }

  #openLane(listener: Pick<LaneListener, 'onRetired'>): Promise<Lane> {
    const { scope: mode, wakeMs } = this.env.database;
    const { config } = this.session;
    const connectionTimeoutMillis = Math.max(config.connectionTimeoutMillis ?? 0, wakeMs);
    const options = {
      session: { ...config, connectionTimeoutMillis },
      mode,
      hasOwnSession: this.reach.hasOwnSessions,
      batches: this.reach.batches,
      texts: this.#texts,
      lastChange: this.#lastChange,
      waits: this.session.waits,
      wakeMs,
    };
    return Lane.open(options, this.statements, {
      onRetired: (lane) => {
        // A pooler keeps its servers, and knows statements by their text.
        if (lane.isStale && !this.reach.hasOwnSessions) this.#texts = 'unnamed';
        listener.onRetired(lane);
      },
      onBatch: (statements) => {
        this.#batches += 1;
        this.#statementsSent += statements;
      },
      onDeparture: (lane, statement, outcome) => {
        this.#onDeparture(lane, statement, outcome);
      },
    });
  }

  #dispatch(statement: PendingStatement): void {
    if (!this.#set.isComplete) this.#set.complete();
    const lane = this.#set.laneFor(statement);
    if (lane === undefined) this.#waitForLane(statement);
    else lane.take(statement);
  }

  #onDeparture(lane: Lane, statement: PendingStatement, outcome: Departure): void {
    switch (outcome.kind) {
      case 'committed':
        this.#onCommitted(statement, outcome.answer);
        return;
      case 'unknown':
        if (statement.statement.numbers !== undefined) {
          this.use.feeds.mayHaveChanged(statement.scope.userId);
        }
        statement.reject(outcome.error);
        return;
      case 'failed':
        if (isReadOnly(outcome.error)) this.#replaceReadOnly(lane);
        statement.reject(outcome.error);
        return;
      case 'late':
      case 'displaced':
        this.#refuse(statement, 'overloaded');
        return;
      case 'not-run':
        this.#runElsewhere(statement);
    }
  }

  #onCommitted(pending: PendingStatement, answer: Answer): void {
    const { scope, statement, keyed, resolve, reject } = pending;
    const { entry, rows } = answer;
    if (statement.numbers !== undefined) this.use.feeds.changed(scope.userId, isWatched(entry));
    const refusal = refusalOf(keyed, entry) ?? this.#lastChange?.refusal(scope, answer);
    if (refusal === undefined) resolve(rows);
    else reject(refusal);
  }

  /** A migration makes all sessions of its time stale, so a statement may have to try every lane. */
  #runElsewhere(statement: PendingStatement): void {
    if (statement.lanesLeft === 0) {
      this.#refuse(statement, 'unavailable');
      return;
    }
    statement.lanesLeft -= 1;
    this.#dispatch(statement);
  }

  /** One lane at a time: reads go on. */
  #replaceReadOnly(lane: Lane): void {
    if (this.#set.isComplete && lane.ageMs > READ_ONLY_LANE_MS) lane.retire();
  }

  #waitForLane(statement: PendingStatement): void {
    if (!this.#waiting.hasRoom) {
      const given = this.#waiting.takeFor(statement.scope.userId);
      this.#refuse(given ?? statement, 'overloaded');
      if (given === undefined) return;
    }
    this.#waits += 1;
    this.#waiting.add(statement, this.#wake.waitMs(this.session.waits.forLane), () => {
      this.#refuse(statement, 'unavailable');
    });
  }

  #refuse({ reject }: PendingStatement, fault: 'overloaded' | 'unavailable'): void {
    this.#refusals += 1;
    reject(new DatabaseRefusal(fault));
  }
}
