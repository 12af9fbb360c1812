import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { ProblemError } from '../problem/problem-error';
import type { UserScope } from '../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from './compiled-statement';
import { RETRY_AFTER_SECONDS, sqlState } from './database-errors';
import { DatabaseSession } from './database-session';
import { Lane } from './lane';

/** Work that one lane takes at a time; beyond it the answer is 503, at once. */
const IN_FLIGHT_LIMIT = 512;
/** How long a request waits for a lane to come back before its 503. */
const LANE_WAIT_MS = 1_500;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MOST_MS = 1_000;
/** Prepared statement unknown, or its plan outdated by a migration: this session is of no more use. */
const STALE_SESSION: readonly string[] = ['26000', '0A000'];

/**
 * The few pipelined connections that carry every statement which touches O(page) rows. Searches
 * and transactions go to `ScopedPool`: one slow statement here would delay all behind it.
 */
@Injectable()
export class Lanes {
  readonly #logger = new Logger(Lanes.name);
  readonly #statements: CompiledStatement[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #reconnects = new Set<NodeJS.Timeout>();
  #lanes: readonly Lane[] = [];
  #closing = false;

  constructor(
    private readonly session: DatabaseSession,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Makes a statement known before the lanes open; repositories do so when they are built. */
  register<Statements extends Readonly<Record<string, CompiledStatement>>>(
    statements: Statements,
  ): Statements {
    this.#statements.push(...Object.values(statements));
    return statements;
  }

  async open(): Promise<void> {
    await Promise.all(Array.from({ length: this.env.database.lanes }, () => this.#connect()));
  }

  /** Waits for what is in flight. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#reconnects) clearTimeout(timer);
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    this.#lanes = [];
  }

  /**
   * Runs one registered statement under one scope, in one round trip.
   * @throws ProblemError `database-unavailable` or `overloaded`; otherwise the driver's error.
   */
  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    const lane = this.#leastLoaded();
    if (lane === undefined) return this.#runWhenOpen(scope, statement, values);
    if (lane.inFlight >= IN_FLIGHT_LIMIT) return Promise.reject(retryLater('overloaded'));
    return lane.run(scope, statement, values).catch((error: unknown) => {
      if (!STALE_SESSION.includes(sqlState(error) ?? '')) throw error;
      lane.retire();
      return this.#runWhenOpen(scope, statement, values);
    });
  }

  #leastLoaded(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of this.#lanes) {
      if (best === undefined || lane.inFlight < best.inFlight) best = lane;
    }
    return best;
  }

  async #runWhenOpen(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    if (this.#lanes.length === 0) await this.#laneOpened();
    const lane = this.#leastLoaded();
    if (lane === undefined) throw retryLater('database-unavailable');
    return lane.run(scope, statement, values);
  }

  #laneOpened(): Promise<void> {
    if (this.#waiters.size >= IN_FLIGHT_LIMIT) return Promise.reject(retryLater('overloaded'));
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, LANE_WAIT_MS);
      this.#waiters.add(wake);
    });
  }

  async #connect(): Promise<void> {
    const { prepare, scope: mode } = this.env.database;
    const lane = await Lane.open(
      { session: this.session.config, mode, prepare },
      this.#statements,
      (lost) => {
        this.#lose(lost);
      },
    );
    this.#lanes = [...this.#lanes, lane];
    for (const wake of [...this.#waiters]) wake();
  }

  #lose(lost: Lane): void {
    if (!this.#lanes.includes(lost)) return;
    this.#lanes = this.#lanes.filter((lane) => lane !== lost);
    this.#logger.warn('A database lane was lost; reconnecting');
    this.#reconnect(RECONNECT_FIRST_MS);
  }

  #reconnect(delay: number): void {
    if (this.#closing) return;
    const timer = setTimeout(() => {
      this.#reconnects.delete(timer);
      this.#connect().catch(() => {
        this.#reconnect(Math.min(delay * 2, RECONNECT_MOST_MS));
      });
    }, delay);
    this.#reconnects.add(timer);
  }
}

function retryLater(code: 'overloaded' | 'database-unavailable'): ProblemError {
  return new ProblemError(code, { headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
}
