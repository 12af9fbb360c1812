import { Socket } from 'node:net';
import type { Client } from 'pg';
import type { CompiledStatement, Row } from '../compiled-statement';
import { endsSession } from '../database-errors';
import { type ClientSettings, newClient } from '../new-client';
import {
  OutOfStepError,
  PrepareBatch,
  PipelineBatch,
  type ScopedStatement,
  scopeStatements,
  type ScopeMode,
  type Settle,
} from './pipeline-batch';
import type { DatabaseWaits } from '../waits';

export interface LaneOptions {
  readonly session: ClientSettings;
  readonly mode: ScopeMode;
  /** Whether statements are prepared by name; off behind a pooler that cannot keep names. */
  readonly prepare: boolean;
  readonly waits: DatabaseWaits;
}

/** What became of a batch: the rows of each statement, or why there are none, and which one failed. */
export type BatchOutcome =
  | { readonly answers: readonly (readonly Row[])[]; readonly error?: never }
  | { readonly error: Error; readonly failed: number };

/**
 * What runs on a lane reads few rows by a primary key, in its order
 * (test/integration/database/plans.spec.ts). So it is planned once, not at each execution, and no
 * statistics may talk the planner into reading all rows of a user. All who share a lane wait for a
 * slow statement, so it may be less slow than elsewhere.
 */
const laneSettings = ({ forLaneStatement, forLaneLock }: DatabaseWaits): string =>
  [
    'plan_cache_mode = force_generic_plan',
    ...['seqscan', 'bitmapscan', 'sort'].map((means) => `enable_${means} = off`),
    `statement_timeout = ${forLaneStatement}`,
    `lock_timeout = ${forLaneLock}`,
  ]
    .map((setting) => `set ${setting};`)
    .join(' ');

/** A pipelined connection to PostgreSQL, which answers batches in the order in which they are sent. */
export class LaneConnection {
  /** Told once. */
  onLost: () => void = () => undefined;
  readonly #socket = new Socket();
  readonly #client: Client;
  readonly #options: LaneOptions;
  /** When the flushes on their way were sent. */
  readonly #sentAt: number[] = [];
  #bytesRead = 0;
  #heardAt = 0;
  #isLost = false;

  private constructor(options: LaneOptions) {
    this.#options = options;
    this.#client = newClient({ ...options.session, pipeline: true, stream: () => this.#socket });
    this.#client.on('error', () => {
      this.#lose();
    });
    this.#client.on('end', () => {
      this.#lose();
    });
  }

  /**
   * Connects and parses the scope and every statement before there is any work: a statement parsed
   * at its first use would be skipped when a neighbour's scope fails just before it.
   */
  static async open(
    options: LaneOptions,
    statements: readonly CompiledStatement[],
  ): Promise<LaneConnection> {
    const connection = new LaneConnection(options);
    try {
      await connection.#client.connect();
      await connection.#setUp(laneSettings(options.waits));
      if (options.prepare) {
        await connection.#prepare([...scopeStatements(options.mode), ...statements]);
      }
      // A server that is shutting down may greet and say goodbye in one breath.
      if (connection.#isLost) throw new Error('Connection terminated before its first use');
    } catch (error) {
      connection.#lose();
      throw error;
    }
    return connection;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Batches that have not been answered yet. */
  get onTheirWay(): number {
    return this.#sentAt.length;
  }

  /** Sends one flush; `settle` hears when PostgreSQL has committed or undone all of it. */
  send(statements: readonly ScopedStatement[], settle: (outcome: BatchOutcome) => void): void {
    const { mode, prepare: prepared } = this.#options;
    const batch = new PipelineBatch(statements, {
      mode,
      prepared,
      settle: this.#noteSending((error, answers) => {
        settle(error === null ? { answers } : { error, failed: batch.current });
      }),
    });
    this.#ask(batch);
    if (mode === 'transaction') this.#endTransaction();
  }

  /** Closes once everything that was sent is answered. */
  async end(): Promise<void> {
    await this.#unlessSilent(this.#client.end());
  }

  /** A frozen server answers nothing: cut the connection, so that every waiter hears of it. */
  cutIfSilent(): void {
    const now = performance.now();
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead) this.#heardAt = now;
    this.#bytesRead = bytesRead;
    const [oldest = now] = this.#sentAt;
    if (now - Math.max(oldest, this.#heardAt) > this.#options.waits.forLaneAnswer) this.#lose();
  }

  async #unlessSilent(work: Promise<unknown>): Promise<void> {
    const limit = setTimeout(() => {
      this.#lose();
    }, this.#options.waits.forLaneAnswer);
    await work.finally(() => {
      clearTimeout(limit);
    });
  }

  /** A failed statement leaves its explicit transaction open; the next user must not find it. */
  #endTransaction(): void {
    const text = 'rollback';
    const query = this.#options.prepare ? { name: 'rollback_scope', text } : { text };
    this.#client.query(query).catch(() => {
      this.#lose();
    });
  }

  #setUp(settings: string): Promise<void> {
    return this.#answerOf((settle) => {
      this.#client.query(settings, (error: Error | null) => {
        settle(error, []);
      });
    });
  }

  #prepare(statements: readonly CompiledStatement[]): Promise<void> {
    return this.#answerOf((settle) => {
      this.#ask(new PrepareBatch(statements, settle));
    });
  }

  #answerOf(ask: (settle: Settle) => void): Promise<void> {
    const answer = new Promise<void>((resolve, reject) => {
      const settle = this.#noteSending((error) => {
        if (error === null) resolve();
        else reject(error);
      });
      ask(settle);
    });
    return this.#unlessSilent(answer);
  }

  #ask(query: PipelineBatch | PrepareBatch): void {
    try {
      this.#client.query(query);
    } catch (error) {
      // Half a flush may be on its way: nobody else may be answered out of it.
      this.#lose();
      query.callback(error as Error, []);
    }
  }

  #noteSending(settle: Settle): Settle {
    if (this.#sentAt.length === 0) this.#bytesRead = this.#socket.bytesRead;
    this.#sentAt.push(performance.now());
    return (error, answers) => {
      this.#sentAt.shift();
      if (error !== null && endsSession(error)) this.#lose();
      // pg goes on reading what has arrived; nobody is told what a lost connection says.
      if (error === null && this.#isLost) settle(new OutOfStepError(), []);
      else settle(error, answers);
    };
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#socket.destroy();
    this.onLost();
  }
}
