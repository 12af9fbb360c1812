import { Inject, Injectable, Logger } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import type { UserScope } from '../user-scope/user-scope';
import type { Row, StatementValue } from './compiled-statement';
import { isReadOnly, sqlState } from './database-errors';
import { ANSWER_LIMIT_MS, DatabaseSession } from './database-session';
import { ScopedBatch, type Settle } from './scoped-batch';

/** How busy a pool is, in connections and requests. */
export interface PoolLoad {
  readonly most: number;
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
}

/** How long a search waits for a connection before its 503. */
const CHECKOUT_TIMEOUT_MS = 1_500;
const IDLE_IN_POOL_MS = 30_000;

/** TypeORM's DataSource keeps one connection of DATABASE_POOL, to ask whether the database is well. */
export const PROBE_CONNECTIONS = 1;

/**
 * The rest of DATABASE_POOL, for statements that cost O(tasks of one user): searches and the
 * deletion of an account. They would delay everybody behind them on a lane.
 */
@Injectable()
export class ScopedPool {
  readonly #logger = new Logger(ScopedPool.name);
  readonly #pool: Pool;

  constructor(
    session: DatabaseSession,
    @Inject(ENV) private readonly env: Env,
  ) {
    const rest = env.database.pool - PROBE_CONNECTIONS;
    this.#pool = new Pool({
      ...session.config,
      // Behind a pooler there are two of this kind, since one takes the place of the lanes.
      max: session.isDirect ? rest : Math.ceil(rest / 2),
      connectionTimeoutMillis: CHECKOUT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_IN_POOL_MS,
      query_timeout: ANSWER_LIMIT_MS,
    });
    this.#pool.on('error', () => {
      this.#logger.warn('An idle database connection was lost');
    });
    this.#pool.on('connect', (client) => {
      // The pool listens to idle clients only; one that is lost at work would end the process.
      client.on('error', () => undefined);
    });
  }

  get load(): PoolLoad {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return {
      most: options.max,
      busy: totalCount - idleCount,
      idle: idleCount,
      waiting: waitingCount,
    };
  }

  /** Runs one statement under one scope, in one round trip; `$1` is the owner. */
  async run(
    scope: UserScope,
    text: string,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    const client = await this.#pool.connect();
    let isIdle = false;
    try {
      const rows = await this.#send(client, scope, text, values);
      isIdle = client.getTransactionStatus() === 'I';
      return rows;
    } catch (error) {
      const isUsable = sqlState(error) !== undefined && !isReadOnly(error);
      isIdle = isUsable && (await leavesTransaction(client));
      throw error;
    } finally {
      // A client inside a transaction carries a user's scope: it must never serve the next one.
      client.release(!isIdle);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #send(
    client: PoolClient,
    scope: UserScope,
    text: string,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      const settle: Settle = (error, answers) => {
        if (error === null) resolve(answers[0] ?? []);
        else reject(error);
      };
      client.query(
        // Searches differ in text, and plan better when PostgreSQL sees their values: no names.
        new ScopedBatch([{ scope, statement: { name: '', text }, values }], {
          mode: this.env.database.scope,
          prepared: false,
          settle,
        }),
      );
    });
  }
}

/** Ends an explicit transaction that a failed statement left open; false if that fails too. */
async function leavesTransaction(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return client.getTransactionStatus() === 'I';
  } catch {
    return false;
  }
}
