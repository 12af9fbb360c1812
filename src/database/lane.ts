import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import type { UserScope } from '../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from './compiled-statement';
import { PrepareStatements, ScopedQuery, scopeStatements, type ScopeMode } from './scoped-query';

export interface LaneOptions {
  readonly session: ClientConfig;
  readonly mode: ScopeMode;
  /** Whether statements are prepared by name; off behind a pooler that cannot keep names. */
  readonly prepare: boolean;
}

/** Longer than any statement may run: past it the server is frozen, not slow. */
const STALL_LIMIT_MS = 8_000;
const WATCH_INTERVAL_MS = 1_000;

/**
 * One pipelined connection that many requests share. Each request is one flush with its own scope
 * and its own Sync, so that the failure of one leaves its neighbours alone.
 */
export class Lane {
  readonly #socket = new Socket();
  readonly #client: Client;
  readonly #options: LaneOptions;
  readonly #onLost: (lane: Lane) => void;
  #inFlight = 0;
  #retired = false;
  #lastProgress = performance.now();
  #watch: NodeJS.Timeout | undefined;

  private constructor(options: LaneOptions, onLost: (lane: Lane) => void) {
    this.#options = options;
    this.#onLost = onLost;
    this.#client = new Client({ ...options.session, pipeline: true, stream: () => this.#socket });
    this.#client.on('error', () => {
      this.retire();
    });
    this.#client.on('end', () => {
      this.retire();
    });
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
    await lane.#client.connect();
    try {
      if (options.prepare) await lane.#prepare([...scopeStatements(options.mode), ...statements]);
    } catch (error) {
      lane.retire();
      throw error;
    }
    lane.#watch = setInterval(() => {
      lane.#destroyIfStalled();
    }, WATCH_INTERVAL_MS).unref();
    return lane;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get retired(): boolean {
    return this.#retired;
  }

  /** Sends one statement under one scope; settles when PostgreSQL has committed or refused it. */
  run(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      const { mode, prepare } = this.#options;
      if (this.#inFlight === 0) this.#lastProgress = performance.now();
      this.#inFlight += 1;
      const settle = (error: Error | null, rows: readonly Row[]): void => {
        this.#inFlight -= 1;
        this.#lastProgress = performance.now();
        if (error === null) resolve(rows);
        else reject(error);
      };
      this.#client.query(
        new ScopedQuery(scope, statement, values, { mode, prepared: prepare, settle }),
      );
      if (mode === 'transaction') this.#closeTransaction();
    });
  }

  /** Takes no new work; what is in flight still settles, then the connection closes. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    clearInterval(this.#watch);
    this.#onLost(this);
    void this.close();
  }

  async close(): Promise<void> {
    this.#retired = true;
    clearInterval(this.#watch);
    await this.#client.end();
  }

  /** A failed statement leaves its explicit transaction open; the next user must not find it. */
  #closeTransaction(): void {
    const text = 'rollback';
    const named = this.#options.prepare ? { name: 'rollback_scope', text } : { text };
    this.#client.query(named).catch(() => undefined);
  }

  #prepare(statements: readonly CompiledStatement[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.query(
        new PrepareStatements(statements, (error) => {
          if (error === null) resolve();
          else reject(error);
        }),
      );
    });
  }

  /** A frozen server answers nothing: cut the connection, so that every waiter hears of it. */
  #destroyIfStalled(): void {
    if (this.#inFlight > 0 && performance.now() - this.#lastProgress > STALL_LIMIT_MS) {
      this.#socket.destroy();
    }
  }
}
