import { Socket } from 'node:net';
import type { Client } from 'pg';
import type { CompiledStatement } from '../compiled-statement';
import { endsSession } from '../database-errors';
import { type ClientSettings, newClient } from '../session/client';
import { type DatabaseWaits, IDLE_LANE_MS } from '../limits';
import type { LastChange } from '../batch/last-change';
import { localSettings, setSettings } from './lane-settings';
import type { BatchResult } from '../batch/outcomes';
import {
  OutOfStepError,
  PrepareBatch,
  PipelineBatch,
  type Settle,
  type StatementTexts,
} from '../batch/pipeline-batch';
import { type ScopedStatement, type ScopeMode, scopeStatements } from '../batch/scope-statements';

export interface LaneOptions {
  readonly session: ClientSettings;
  readonly mode: ScopeMode;
  /** Whether the session is the lane's own. A pooler lends another one for each batch. */
  readonly hasOwnSession: boolean;
  /** How many may be on their way at a time. */
  readonly batches: number;
  readonly texts: StatementTexts;
  readonly lastChange?: LastChange | undefined;
  readonly waits: DatabaseWaits;
  /** How long a database that sleeps may take to answer. */
  readonly wakeMs: number;
}

/** A pipelined connection to PostgreSQL, which answers batches in the order in which they are sent. */
export class LaneConnection {
  /** Called at most once. */
  onLost: () => void = () => undefined;
  readonly #socket = new Socket();
  readonly #client: Client;
  readonly #options: LaneOptions;
  readonly #settings: CompiledStatement | undefined;
  /** When each batch that is on its way was sent. */
  readonly #sentAt: number[] = [];
  #bytesRead = 0;
  #heardAt = 0;
  #answeredAt = -Infinity;
  #isWaking = false;
  #isLost = false;

  private constructor(options: LaneOptions) {
    this.#options = options;
    this.#settings = options.hasOwnSession ? undefined : localSettings(options.waits, options.mode);
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
      if (options.hasOwnSession) await connection.#run(setSettings(options.waits, options.mode));
      // A pooler lets clients in while its database sleeps.
      else await connection.#run('select');
      if (options.texts === 'kept') await connection.#prepare(statements);
      // A server that is shutting down may greet and close in one packet.
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

  /** Whether a batch is on its way to a database that may have to wake. */
  get isWaking(): boolean {
    return this.#isWaking;
  }

  /** Batches that have not been answered yet. */
  get batchesSent(): number {
    return this.#sentAt.length;
  }

  /** When the first of them was sent. */
  get sentAt(): number {
    return this.#sentAt[0] ?? Infinity;
  }

  /** Sends one batch. `settle` is called when PostgreSQL has committed or rolled back all of it. */
  send(statements: readonly ScopedStatement[], settle: (result: BatchResult) => void): void {
    const { mode, texts, batches, lastChange } = this.#options;
    // The next batch may already be on its way when a failure is known, so COMMIT goes behind the Sync.
    const staysOpen = mode === 'transaction' && batches > 1;
    const finish = this.#trackAnswer((error, answers) => {
      if (error === null) settle({ answers });
      else this.#endTransaction(() => settle({ error, failed: batch.current }));
    });
    let answer: Parameters<Settle> = [null, []];
    const batch = new PipelineBatch(statements, {
      mode,
      texts,
      lastChange,
      staysOpen,
      settings: this.#settings,
      settle: staysOpen ? (...given) => (answer = given) : finish,
    });
    this.#submit(batch);
    if (staysOpen) this.#commit((error) => finish(answer[0] ?? error, answer[1]));
  }

  /** Closes once everything that was sent is answered. */
  async end(): Promise<void> {
    await this.#unlessSilent(this.#client.end(), this.#options.waits.forLaneAnswer);
  }

  /** Cuts the connection to a frozen server, so that nobody waits for it any longer. */
  cutIfSilent(): void {
    const now = performance.now();
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead) {
      this.#heardAt = now;
      this.#isWaking = false;
    }
    this.#bytesRead = bytesRead;
    const [oldest = now] = this.#sentAt;
    const limit = this.#isWaking ? this.#wakeLimit : this.#options.waits.forLaneAnswer;
    if (now - Math.max(oldest, this.#heardAt) > limit) this.#lose();
  }

  get #wakeLimit(): number {
    const { waits, wakeMs } = this.#options;
    return Math.max(waits.forLaneAnswer, wakeMs);
  }

  async #unlessSilent(work: Promise<unknown>, limitMs: number): Promise<void> {
    const limit = setTimeout(() => {
      this.#lose();
    }, limitMs);
    await work.finally(() => {
      clearTimeout(limit);
    });
  }

  /**
   * Ends the explicit transaction of a batch, also one that has failed, without waiting for its
   * answer. A precautionary ROLLBACK would log a warning in PostgreSQL if it had not failed.
   */
  #commit(settle: (error: Error | null) => void): void {
    this.#client.query('commit', settle);
  }

  /** A failure skips the COMMIT of its batch, and the next user must not be in that transaction. */
  #endTransaction(settle: () => void): void {
    if (this.#isLost || this.#client.getTransactionStatus() === 'I') {
      settle();
      return;
    }
    void this.#run('rollback')
      .catch(() => {
        this.#lose();
      })
      .then(settle);
  }

  #run(text: string): Promise<void> {
    return this.#answerOf((settle) => {
      this.#client.query(text, (error: Error | null) => {
        settle(error, []);
      });
    });
  }

  #prepare(statements: readonly CompiledStatement[]): Promise<void> {
    const settings = this.#settings === undefined ? [] : [this.#settings];
    const { mode, lastChange } = this.#options;
    const entries = [...scopeStatements(mode), ...(lastChange?.statements ?? [])];
    const all = [...settings, ...entries, ...statements];
    return this.#answerOf((settle) => {
      this.#submit(new PrepareBatch(all, settle));
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
    return this.#unlessSilent(answer, this.#wakeLimit);
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
    const now = performance.now();
    if (this.#sentAt.length === 0) {
      this.#bytesRead = this.#socket.bytesRead;
      this.#isWaking = now - this.#answeredAt > IDLE_LANE_MS;
    }
    this.#sentAt.push(now);
    return (error, answers) => {
      this.#sentAt.shift();
      this.#isWaking = false;
      this.#answeredAt = performance.now();
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
