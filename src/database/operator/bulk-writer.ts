import type { Client, QueryResult, QueryResultRow } from 'pg';
import { type CompiledStatement, numbersOf } from '../compiled-statement';
import type { ConnectionSettings } from '../session/connection-settings';
import { DatabaseSession } from '../session/database-session';
import { openClient } from '../session/client';
import { announceChanges } from '../notifications/change-channel';
import { ENTER_CHANGE_SQL, ENTER_SCOPE_SQL } from '../batch/scope-statements';
import { type Entered, localSettings } from './scoped-transaction';

/** One statement, under the scope of the user whose rows it writes; its `$1` is that user. */
export interface ScopedWrite {
  readonly userId: string;
  readonly statement: CompiledStatement;
  /** Behind the user. */
  readonly values: readonly unknown[];
}

const BEGIN: CompiledStatement = { name: 'bulk_begin', text: 'begin' };
const COMMIT: CompiledStatement = { name: 'bulk_commit', text: 'commit' };

/**
 * A transaction here is large, and no request waits for it. Its commit does not wait for the disk:
 * after a crash the latest ones may be missing, and are written again when the command is repeated.
 */
const SETTINGS: CompiledStatement = {
  name: 'bulk_settings',
  text: localSettings({ statement_timeout: '60s', lock_timeout: '0', synchronous_commit: 'off' }),
};

const ENTER_USER: CompiledStatement = { name: 'bulk_enter_scope', text: ENTER_SCOPE_SQL };
const TAKE_NUMBERS: CompiledStatement = { name: 'bulk_enter_change', text: ENTER_CHANGE_SQL };

/**
 * Writes rows of many users outside of any request. Its session is like those that serve requests,
 * confined to the role task_api, and enters the scope of each user in turn. So row-level security
 * holds as it does for a request, and it makes no difference whether the login could bypass it.
 */
export class BulkWriter {
  readonly #client: Client;
  readonly #prepare: boolean;
  /** The answer before the next statement, where statements must take turns. */
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(client: Client, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
  }

  /** @param prepare DATABASE_PREPARE @throws the driver's error */
  static async open(api: ConnectionSettings, prepare: boolean): Promise<BulkWriter> {
    const { config, isDirect, keepsNames } = await DatabaseSession.negotiate(api);
    // Without a limit on the answers: each one takes as long as everything that was sent before.
    const client = await openClient({ ...config, pipeline: isDirect, query_timeout: 0 });
    return new BulkWriter(client, prepare && keepsNames);
  }

  /**
   * Writes all or nothing. Further calls may follow without waiting, and are carried out in the
   * same order.
   * @returns how many rows each write affected
   * @throws the driver's error; the transaction is then rolled back
   */
  async write(writes: readonly ScopedWrite[]): Promise<readonly number[]> {
    const framing: Promise<unknown>[] = [this.#run(BEGIN, []), this.#run(SETTINGS, [])];
    let scope: string | undefined;
    const watched = new Set<string>();
    const takeNumbers = async (userId: string, numbers: number): Promise<void> => {
      const { rows } = await this.#run<Entered>(TAKE_NUMBERS, [userId, numbers]);
      if (rows[0]?.enter_change === true) watched.add(userId);
    };
    const written = writes.map(({ userId, statement, values }) => {
      const numbers = numbersOf(statement, values);
      if (numbers !== undefined) framing.push(takeNumbers(userId, numbers));
      else if (userId !== scope) framing.push(this.#run(ENTER_USER, [userId]));
      scope = userId;
      return this.#run(statement, [userId, ...values]);
    });
    framing.push(this.#run(COMMIT, []));
    await Promise.all([...framing, ...written]);
    await announceChanges([...watched], (text, values) => this.#run({ name: '', text }, values));
    return (await Promise.all(written)).map(affected);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #run<Row extends QueryResultRow>(
    { name, text }: CompiledStatement,
    values: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    const query = { ...(this.#prepare && { name }), text, values: [...values] };
    if (this.#client.pipeline) return this.#client.query<Row>(query);
    const answer = this.#previous.then(() => this.#client.query<Row>(query));
    // After a failure, too, the rest of the transaction is sent: it ends with the commit.
    this.#previous = answer.catch(() => undefined);
    return answer;
  }
}

function affected({ rowCount }: QueryResult): number {
  return rowCount ?? 0;
}
