import { Socket } from 'node:net';
import type { Client } from 'pg';
import type { CompiledStatement } from '../compiled-statement';
import { endsSession } from '../database-errors';
import { type ClientSettings, newClient } from '../client';
import type { DatabaseWaits } from './limits';
import type { BatchResult } from './outcomes';
import {
  OutOfStepError,
  PrepareBatch,
  PipelineBatch,
  type ScopedStatement,
  scopeStatements,
  type ScopeMode,
  type Settle,
} from './pipeline-batch';

export interface LaneOptions {
  readonly session: ClientSettings;
  readonly mode: ScopeMode;
  /** Whether statements are prepared by name; off behind a pooler that cannot keep names. */
  readonly prepare: boolean;
  readonly waits: DatabaseWaits;
}

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
  /** Called at most once. */
  onLost: () => void = () => undefined;
  readonly #socket = new Socket();
  readonly #client: Client;
  readonly #options: LaneOptions;
  /** When each batch that is on its way was sent. */
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
  get batchesSent(): number {
    return this.#sentAt.length;
  }

  /** Sends one batch. `settle` is called when PostgreSQL has committed or rolled back all of it. */
  send(statements: readonly ScopedStatement[], settle: (result: BatchResult) => void): void {
    const { mode, prepare: prepared } = this.#options;
    const batch = new PipelineBatch(statements, {
      mode,
      prepared,
      settle: this.#trackAnswer((error, answers) => {
        settle(error === null ? { answers } : { error, failed: batch.current });
      }),
    });
    this.#submit(batch);
    if (mode === 'transaction') this.#endTransaction();
  }

  /** Closes once everything that was sent is answered. */
  async end(): Promise<void> {
    await this.#unlessSilent(this.#client.end());
  }

  /** Cuts the connection to a frozen server, so that nobody waits for it any longer. */
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

  /** Ends the explicit transaction that a failed statement leaves open: the next user must not be in it. */
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
      this.#submit(new PrepareBatch(statements, settle));
    });
  }

  #answerOf(send: (settle: Settle) => void): Promise<void> {
    const answer = new Promise<void>((resolve, reject) => {
      const settle = this.#trackAnswer((error) => {
        if (error === null) resolve();
        else reject(error);
      });
      send(settle);
    });
    return this.#unlessSilent(answer);
  }

  #submit(query: PipelineBatch | PrepareBatch): void {
    try {
      this.#client.query(query);
    } catch (error) {
      // Half a batch may be on its way: its answers must not be taken for those of another.
      this.#lose();
      query.callback(error as Error, []);
    }
  }

  #trackAnswer(settle: Settle): Settle {
    if (this.#sentAt.length === 0) this.#bytesRead = this.#socket.bytesRead;
    this.#sentAt.push(performance.now());
    return (error, answers) => {
      this.#sentAt.shift();
      if (error !== null && endsSession(error)) this.#lose();
      // pg still parses buffered bytes after destroy(): ignore those answers.
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
