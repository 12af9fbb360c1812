import { Logger } from '@nestjs/common';
import type { Env } from '../../config/env';
import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import { DatabaseRefusal, isReadOnly, isStaleSession } from '../database-errors';
import { type DatabaseSession } from '../database-session';
import { Lane, LANE_ROOM } from './lane';
import { ask, type Asked, NotRunError } from './lane-queue';
import { type PoolLoad, ScopedPool } from '../scoped-pool';
import { DATABASE_WAITS, type DatabaseWaits } from '../waits';

/** Of a batch: what takes so much has little to gain from company. */
const LONG_PAGE_SHARE = 1 / 8;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 500;
/** How often a lane to a server that takes no writes is replaced: reads go on there. */
const READ_ONLY_LANE_MS = 500;

/** How busy the lanes are, and what has happened to them since the start. */
export interface LanesLoad {
  readonly configured: number;
  readonly open: number;
  readonly inFlight: number;
  /** Statements that all lanes take at a time. */
  readonly most: number;
  readonly waiting: number;
  readonly waits: number;
  readonly refusals: number;
  readonly reconnections: number;
  readonly batches: number;
  /** In all batches. */
  readonly statements: number;
}

/**
 * The few pipelined connections that carry every statement which touches O(page) rows. Searches
 * and transactions go to `ScopedPool`: one slow statement here would delay all behind it. Behind a
 * pooler, where nothing may be pipelined, a pool of the same kind takes the place of the lanes.
 */
export class Lanes {
  readonly #logger = new Logger(Lanes.name);
  readonly #statements: CompiledStatement[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #reconnects = new Set<NodeJS.Timeout>();
  readonly #unpipelined: ScopedPool | undefined;
  #lanes: readonly Lane[] = [];
  #closing = false;
  #waits = 0;
  #refusals = 0;
  #reconnections = 0;
  #batches = 0;
  #statementsSent = 0;

  constructor(
    private readonly session: DatabaseSession,
    private readonly env: Env,
    private readonly waits: DatabaseWaits = DATABASE_WAITS,
  ) {
    this.#unpipelined = session.isDirect ? undefined : new ScopedPool(session, env, 'lanes', waits);
  }

  /** Makes a statement known before the lanes open; repositories do so when they are built. */
  register<Statements extends Readonly<Record<string, CompiledStatement>>>(
    statements: Statements,
  ): Statements {
    this.#statements.push(...Object.values(statements));
    return statements;
  }

  async open(): Promise<void> {
    if (this.#unpipelined !== undefined) return;
    await Promise.all(Array.from({ length: this.env.database.lanes }, () => this.#connect()));
  }

  /** Waits for what is in flight; reconnects no more. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#reconnects) clearTimeout(timer);
    const open = this.#lanes;
    this.#lanes = [];
    await Promise.all(open.map((lane) => lane.close()));
    await this.#unpipelined?.close();
  }

  get load(): LanesLoad {
    const configured = this.#unpipelined === undefined ? this.env.database.lanes : 0;
    return {
      configured,
      open: this.#lanes.length,
      inFlight: this.#lanes.reduce((sum, { load }) => sum + load, 0),
      most: configured * LANE_ROOM,
      waiting: this.#waiters.size,
      waits: this.#waits,
      refusals: this.#refusals,
      reconnections: this.#reconnections,
      batches: this.#batches,
      statements: this.#statementsSent,
    };
  }

  /** Of the pool that takes the place of the lanes behind a pooler. */
  get poolLoad(): PoolLoad | undefined {
    return this.#unpipelined?.load;
  }

  /**
   * Runs one registered statement under one scope, in one round trip.
   * @param share what it takes of a batch at least, where more is known than the statement says
   * @throws DatabaseRefusal `unavailable` or `overloaded`; otherwise the driver's error.
   */
  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    share = 0,
  ): Promise<readonly Row[]> {
    if (this.#unpipelined !== undefined)
      return this.#unpipelined.run(scope, statement.text, values);
    const asked = ask(scope, statement, values, share);
    const lane = this.#laneFor(asked);
    if (lane === undefined) return this.#runWhenOpen(asked);
    if (!lane.hasRoomFor(scope)) return Promise.reject(this.#refusal('overloaded'));
    return this.#runOn(lane, asked);
  }

  /**
   * Nothing has happened yet where a session is stale or was lost before the statement's turn, so
   * the statement is repeated on another lane. A migration makes all sessions of its time stale: at
   * worst the last one open was too.
   */
  #runOn(lane: Lane, asked: Asked, repeats = this.env.database.lanes): Promise<readonly Row[]> {
    return lane.run(asked).catch((error: unknown) => {
      if (isReadOnly(error)) this.#replaceReadOnly(lane);
      if (error instanceof NotRunError && error.isLate) throw this.#refusal('overloaded');
      if (isStaleSession(error)) lane.retire();
      else if (!(error instanceof NotRunError)) throw error;
      if (repeats === 0) throw this.#refusal('unavailable');
      return this.#runWhenOpen(asked, repeats - 1);
    });
  }

  /**
   * Reads take the first half of the lanes, the larger one, and writes the second, so that no read
   * waits for a commit or for a row that somebody has locked. One lane that is left has both.
   * Small statements crowd together, for a full batch costs the least: the next lane gets what does
   * not fit into the next batch of those before it. Long pages go where the least is to do.
   */
  #laneFor({ statement: { text }, share }: Asked): Lane | undefined {
    const count = this.#lanes.length;
    const isRead = text.startsWith('select');
    const end = isRead ? Math.ceil(count / 2) : count;
    let best: Lane | undefined;
    for (let n = isRead || count < 2 ? 0 : Math.ceil(count / 2); n < end; n += 1) {
      const lane = this.#lanes[n];
      if (lane?.nextBatchHasRoom === true && share < LONG_PAGE_SHARE) return lane;
      if (lane !== undefined && (best === undefined || lane.load < best.load)) best = lane;
    }
    return best;
  }

  /** One lane at a time: reads go on. */
  #replaceReadOnly(lane: Lane): void {
    const areAllOpen = this.#lanes.length === this.env.database.lanes;
    if (areAllOpen && lane.ageMs > READ_ONLY_LANE_MS) lane.retire();
  }

  async #runWhenOpen(asked: Asked, repeats?: number): Promise<readonly Row[]> {
    if (this.#lanes.length === 0) await this.#laneOpened();
    const lane = this.#laneFor(asked);
    if (lane === undefined) throw this.#refusal('unavailable');
    return this.#runOn(lane, asked, repeats);
  }

  #laneOpened(): Promise<void> {
    if (this.#waiters.size >= LANE_ROOM) return Promise.reject(this.#refusal('overloaded'));
    this.#waits += 1;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, this.waits.forLane);
      this.#waiters.add(wake);
    });
  }

  async #connect(): Promise<void> {
    const { prepare, scope: mode } = this.env.database;
    const lane = await Lane.open(
      { session: this.session.config, mode, prepare, waits: this.waits },
      this.#statements,
      {
        onRetired: (lane) => {
          this.#replace(lane);
        },
        onBatch: (statements) => {
          this.#batches += 1;
          this.#statementsSent += statements;
        },
      },
    );
    if (this.#closing) return lane.close();
    this.#lanes = [...this.#lanes, lane];
    for (const wake of [...this.#waiters]) wake();
  }

  #replace(retired: Lane): void {
    if (!this.#lanes.includes(retired)) return;
    this.#lanes = this.#lanes.filter((lane) => lane !== retired);
    this.#logger.warn(
      retired.isLost
        ? 'A database lane was lost; reconnecting'
        : 'A database lane is out of date; another one takes its place',
    );
    this.#reconnect(RECONNECT_FIRST_MS);
  }

  #reconnect(delay: number): void {
    if (this.#closing) return;
    const timer = setTimeout(() => {
      this.#reconnects.delete(timer);
      this.#connect().then(
        () => (this.#reconnections += 1),
        () => this.#reconnect(Math.min(delay * 2, RECONNECT_MOST_MS)),
      );
    }, delay);
    this.#reconnects.add(timer);
  }

  #refusal(code: 'overloaded' | 'unavailable'): DatabaseRefusal {
    this.#refusals += 1;
    return new DatabaseRefusal(code);
  }
}
