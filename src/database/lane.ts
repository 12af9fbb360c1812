import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import type { UserScope } from '../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from './compiled-statement';
import { ANSWER_LIMIT_MS } from './database-session';
import {
  OutOfStepError,
  PrepareStatements,
  ScopedQuery,
  scopeStatements,
  type ScopeMode,
  type Settle,
} from './scoped-query';

export interface LaneOptions {
  readonly session: ClientConfig;
  readonly mode: ScopeMode;
  /** Whether statements are prepared by name; off behind a pooler that cannot keep names. */
  readonly prepare: boolean;
}

const WATCH_INTERVAL_MS = 1_000;

interface Sending {
  /** How many statements had been sent before this one. */
  readonly number: number;
  readonly at: number;
}

/**
 * What runs on a lane reads few rows by a primary key, in its order
 * (test/integration/database/plans.spec.ts). So it is planned once, not at each execution, and no
 * statistics may talk the planner into reading all rows of a user.
 */
const PLAN_BY_KEY = ['plan_cache_mode = force_generic_plan']
  .concat(['seqscan', 'bitmapscan', 'sort'].map((means) => `enable_${means} = off`))
  .map((setting) => `set ${setting};`)
  .join(' ');

/**
 * One pipelined connection that many requests share. Each request is one flush with its own scope
 * and its own Sync, so that the failure of one leaves its neighbours alone.
 */
export class Lane {
  readonly #socket = new Socket();
  readonly #client: Client;
  readonly #options: LaneOptions;
  readonly #onLost: (lane: Lane) => void;
  /** Statements are answered in the order in which they are sent. */
  #sent = 0;
  #answered = 0;
  /** When some of those in flight were sent, at least a watch apart; the oldest comes first. */
  readonly #sendings: Sending[] = [];
  #retired = false;
  readonly #openedAt = performance.now();
  readonly #watch: NodeJS.Timeout;

  private constructor(options: LaneOptions, onLost: (lane: Lane) => void) {
    this.#options = options;
    this.#onLost = onLost;
    this.#client = new Client({ ...options.session, pipeline: true, stream: () => this.#socket });
    this.#client.on('error', () => {
      this.retire();
    });
    this.#client.on('end', () => {
      clearInterval(this.#watch);
      this.retire();
    });
    this.#watch = setInterval(() => {
      this.#cutIfLate();
    }, WATCH_INTERVAL_MS).unref();
  }

  /**
   * Connects and parses the scope and every statement before the lane takes work: a statement
   * parsed at its first use would be skipped when a neighbour's scope fails just before it.
   */
  static async open(
    options: LaneOptions,
    statements: readonly CompiledStatement[],
    onLost: (lane: Lane) => void,
  ): Promise<Lane> {
    const lane = new Lane(options, onLost);
    try {
      await lane.#client.connect();
      await lane.#planByKey();
      if (options.prepare) await lane.#prepare([...scopeStatements(options.mode), ...statements]);
      // A server that is shutting down may greet and say goodbye in one breath.
      if (lane.#retired) throw new Error('Connection terminated before its first use');
    } catch (error) {
      lane.retire();
      throw error;
    }
    return lane;
  }

  get inFlight(): number {
    return this.#sent - this.#answered;
  }

  get ageMs(): number {
    return performance.now() - this.#openedAt;
  }

  /** Sends one statement under one scope; settles when PostgreSQL has committed or refused it. */
  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    const { mode, prepare: prepared } = this.#options;
    return this.#flush((settle) => {
      this.#client.query(new ScopedQuery(scope, statement, values, { mode, prepared, settle }));
      if (mode === 'transaction') this.#endTransaction();
    });
  }

  /** Takes no new work; what is in flight still settles, then the connection closes. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#onLost(this);
    void this.#client.end();
  }

  /** Retires, and waits until the connection is closed. */
  async close(): Promise<void> {
    this.#retired = true;
    await this.#client.end();
  }

  /** A failed statement leaves its explicit transaction open; the next user must not find it. */
  #endTransaction(): void {
    const text = 'rollback';
    const query = this.#options.prepare ? { name: 'rollback_scope', text } : { text };
    this.#client.query(query).catch(() => {
      this.retire();
    });
  }

  #planByKey(): Promise<unknown> {
    return this.#flush((settle) => {
      this.#client.query(PLAN_BY_KEY, (error: Error | null) => {
        settle(error, []);
      });
    });
  }

  #prepare(statements: readonly CompiledStatement[]): Promise<unknown> {
    return this.#flush((settle) => {
      this.#client.query(new PrepareStatements(statements, settle));
    });
  }

  /** Hands one flush to the client, and promises its answer. */
  #flush(send: (settle: Settle) => void): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#noteSending();
      const settle: Settle = (error, rows) => {
        this.#answered += 1;
        if (error instanceof OutOfStepError) this.#socket.destroy();
        if (error === null) resolve(rows);
        else reject(error);
      };
      try {
        send(settle);
      } catch (error) {
        // Half a flush may be on its way: nobody else may be answered out of it.
        this.#socket.destroy();
        settle(error as Error, []);
      }
    });
  }

  #noteSending(): void {
    if (this.inFlight === 0) this.#sendings.length = 0;
    const at = performance.now();
    const last = this.#sendings.at(-1);
    if (last === undefined || at - last.at >= WATCH_INTERVAL_MS) {
      this.#sendings.push({ number: this.#sent, at });
    }
    this.#sent += 1;
  }

  /**
   * A frozen server answers nothing, and a slow one would let the last in a long line wait for
   * minutes: cut the connection, so that every waiter hears of it.
   */
  #cutIfLate(): void {
    if (this.inFlight === 0) return;
    // The oldest statement in flight was sent between the first two that are left.
    while ((this.#sendings[1]?.number ?? Infinity) <= this.#answered) this.#sendings.shift();
    const [oldest] = this.#sendings;
    if (oldest !== undefined && performance.now() - oldest.at > ANSWER_LIMIT_MS) {
      this.#socket.destroy();
    }
  }
}
