import { Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { Env } from '../../config/env';
import type { UserScope } from '../../user-scope/user-scope';
import { sendCancelRequest } from '../session/cancel-request';
import { newPool } from '../session/client';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import { DatabaseRefusal, endsSession, isReadOnly, isRolledBack } from '../database-errors';
import type { DatabaseSession } from '../session/database-session';
import { DatabaseUse, type Carriers } from '../database-use';
import { FairTurns, type TurnRules, type TurnRequest } from './fair-turns';
import type { KeyedWrite } from '../keyed-write';
import { type Answer, NO_ANSWER, PipelineBatch, type Settle } from '../batch/pipeline-batch';
import { LastChange } from '../batch/last-change';
import { runUntilSettled } from '../batch/outcomes';
import { isWatched, refusalOf } from '../batch/scope-statements';
import { WakeWindow } from './wake-window';
import type { DatabaseWaits } from '../limits';

/** How busy a pool is, in connections and requests. */
export interface PoolLoad {
  readonly most: number;
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

/** What a pool is for: `searches` and deletions, or everything that lanes would carry. */
export type PoolPurpose = 'searches' | 'lanes';

export interface RunOptions extends Pick<CompiledStatement, 'followedBy'> {
  /** The statement goes first, and a connection is reserved for it. */
  readonly isUrgent?: boolean;
  /** How long the statement may run, if less than the session allows. */
  readonly timeoutMs?: number;
  /** Of `CompiledStatement`. */
  readonly numbers?: number | undefined;
  /** The key of a write that is made once. */
  readonly keyed?: KeyedWrite | undefined;
  /** The statement is cancelled when it is aborted. */
  readonly signal?: (() => AbortSignal) | undefined;
}

const IDLE_IN_POOL_MS = 30_000;

/** TypeORM's DataSource keeps one connection of DATABASE_POOL, to ask whether the database is well. */
export const PROBE_CONNECTIONS = 1;

/**
 * The rest of DATABASE_POOL, for statements that cost O(tasks of one user): searches and the
 * deletion of an account. They would delay everybody behind them on a lane. Of its connections a user
 * has a share (docs/decisions/0021-fair-shares.md).
 */
export class ScopedPool {
  readonly waits: DatabaseWaits;
  readonly #logger = new Logger(ScopedPool.name);
  readonly #pool: Pool;
  readonly #turns: FairTurns;
  readonly #wake: WakeWindow;
  readonly #lastChange: LastChange | undefined;

  constructor(
    private readonly session: DatabaseSession,
    private readonly env: Env,
    private readonly purpose: PoolPurpose,
    private readonly use = new DatabaseUse(),
  ) {
    const { waits } = session;
    this.waits = waits;
    const max = connectionsFor(purpose, env);
    this.#lastChange = LastChange.around(session, env);
    this.#wake = new WakeWindow(env.database.wakeMs);
    this.#turns = new FairTurns({ ...shares(purpose, max), waitMs: waits.forPool });
    this.#pool = newPool({
      ...session.config,
      max,
      connectionTimeoutMillis: Math.max(waits.toConnect, env.database.wakeMs),
      idleTimeoutMillis: IDLE_IN_POOL_MS,
      query_timeout: waits.forAnswer,
    });
    this.#pool.on('error', () => {
      this.#logger.warn('An idle database connection was lost');
    });
  }

  get load(): PoolLoad {
    const { totalCount, idleCount, options } = this.#pool;
    return {
      most: options.max,
      busy: totalCount - idleCount,
      idle: idleCount,
      waiting: this.#turns.waiting,
    };
  }

  /**
   * Runs one statement under one scope, in one round trip; `$1` is the owner.
   * @throws DatabaseRefusal `overloaded`, KeyUsedError, the reason of the signal, or the driver's error
   */
  run(
    scope: UserScope,
    text: string,
    values: readonly StatementValue[],
    options: RunOptions = {},
  ): Promise<readonly Row[]> {
    const here = () => this.#runHere(scope, text, values, options);
    const there = ({ pool }: Carriers) => pool.run(scope, text, values, options);
    // `Lanes` has chosen already for the statements that it passes on.
    const mayMove = scope.readAfter !== undefined && this.purpose === 'searches';
    return mayMove ? this.use.replicas.read(there, here) : here();
  }

  #runHere(
    scope: UserScope,
    text: string,
    values: readonly StatementValue[],
    { isUrgent = false, timeoutMs, numbers, followedBy, keyed, signal }: RunOptions,
  ): Promise<readonly Row[]> {
    const statement = { text, values, timeoutMs, numbers, followedBy, keyed };
    return this.use.note(this.#run(scope, statement, { isUrgent, signal: signal?.() }));
  }

  async #run(
    scope: UserScope,
    statement: PooledStatement,
    { isUrgent, signal }: Pick<TurnRequest, 'isUrgent' | 'signal'>,
  ): Promise<readonly Row[]> {
    const endTurn = await this.#turns.take({ userId: scope.userId, isUrgent, signal });
    try {
      const attempt = async (): Promise<Answer> => {
        const client = await this.#connect();
        return this.#cancellable(client, signal, () => this.#send(client, scope, statement));
      };
      const settled = () => runUntilSettled(attempt, this.waits.forPool);
      return this.#rowsOf(scope, statement, await this.#wake.repeat(settled));
    } finally {
      endTurn();
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** @throws DatabaseRefusal `unavailable`, for whatever reason there is no connection */
  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw new DatabaseRefusal('unavailable', error);
    }
  }

  /** The turn lasts until PostgreSQL has stopped: hanging up makes no room for more. */
  async #cancellable(
    client: PoolClient,
    signal: AbortSignal | undefined,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const isCancelled = (): boolean => signal?.aborted === true;
    if (isCancelled()) {
      client.release();
      throw signal?.reason;
    }
    const cancel = (): void => void sendCancelRequest(this.session.config, client);
    signal?.addEventListener('abort', cancel);
    let isIdle = false;
    try {
      const answer = await work();
      isIdle = client.getTransactionStatus() === 'I';
      return answer;
    } catch (error) {
      const isUsable = !endsSession(error) && !isReadOnly(error);
      isIdle = isUsable && (await leavesTransaction(client));
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      // A client inside a transaction carries a user's scope: it must never serve the next one. Nor
      // may one that a cancel request is on its way to.
      client.release(!isIdle || isCancelled());
    }
  }

  #rowsOf(scope: UserScope, { numbers, keyed }: PooledStatement, answer: Answer): readonly Row[] {
    const { entry, rows } = answer;
    if (numbers !== undefined) this.use.feeds.changed(scope.userId, isWatched(entry));
    const refusal = refusalOf(keyed, entry) ?? this.#lastChange?.refusal(scope, answer);
    if (refusal !== undefined) throw refusal;
    return rows;
  }

  #send(
    client: PoolClient,
    scope: UserScope,
    { text, values, timeoutMs, numbers, followedBy, keyed }: PooledStatement,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle: Settle = (error, answers) => {
        if (error === null) resolve(answers[0] ?? NO_ANSWER);
        else reject(error);
        const isInDoubt = error !== null && !isRolledBack(error);
        if (isInDoubt && numbers !== undefined) this.use.feeds.mayHaveChanged(scope.userId);
      };
      const statement = { name: '', text, numbers, followedBy };
      client.query(
        // Searches differ in text, and plan better when PostgreSQL sees their values: no names.
        new PipelineBatch([{ scope, statement, values, keyed }], {
          mode: this.env.database.scope,
          texts: 'unnamed',
          lastChange: this.#lastChange,
          settle,
          timeoutMs,
        }),
      );
    });
  }
}

interface PooledStatement extends Pick<RunOptions, 'numbers' | 'followedBy' | 'keyed'> {
  readonly text: string;
  readonly values: readonly StatementValue[];
  readonly timeoutMs: number | undefined;
}

/** Without lanes there are two pools, since one replaces them. */
function connectionsFor(purpose: PoolPurpose, { database }: Env): number {
  const rest = database.pool - PROBE_CONNECTIONS;
  if (database.lanes > 0) return rest;
  return purpose === 'searches' ? Math.ceil(rest / 2) : Math.max(1, Math.floor(rest / 2));
}

/** Only deletions are urgent, so that pool alone keeps a connection for them if it has several. */
function shares(purpose: PoolPurpose, places: number): Omit<TurnRules, 'waitMs'> {
  if (purpose === 'lanes') return { places, reserved: 0, ofUser: Math.ceil(places / 2) };
  const reserved = places > 1 ? 1 : 0;
  return { places, reserved, ofUser: Math.max(1, Math.floor((places - reserved) / 3)) };
}

/** Ends an explicit transaction that a failed statement left open; false if that fails too. */
async function leavesTransaction(client: PoolClient): Promise<boolean> {
  // PostgreSQL would log a warning for each statement that failed.
  if (client.getTransactionStatus() === 'I') return true;
  try {
    await client.query('rollback');
    return client.getTransactionStatus() === 'I';
  } catch {
    return false;
  }
}
