import { ENTER_CHANGE_SQL, ENTER_SCOPE_SQL } from '../batch/scope-statements';
import type { Client, CustomTypesConfig } from 'pg';
import type { UserScope } from '../../user-scope/user-scope';
import { type CompiledStatement, numbersOf, type Row } from '../compiled-statement';
import type { DatabaseSession } from '../session/database-session';
import { announceChanges } from '../notifications/change-channel';
import { openClient } from '../session/client';

/** `read`: all statements see the database of one moment. */
export type TransactionMode = 'read' | 'write';

const BEGIN: Readonly<Record<TransactionMode, string>> = {
  read: 'begin transaction isolation level repeatable read read only',
  write: 'begin',
};

/** SQL that sets them for one transaction, also on the workers of Citus. */
export function localSettings(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ 'citus.propagate_set_commands': 'local', ...settings }).map(
    ([name, value]) => `set local ${name} = '${value}';`,
  );
  return `do $$ begin ${lines.join(' ')} end $$`;
}

/** No request waits for this; its client may read a file, or fill a pipe, between two statements. */
const SETTINGS = localSettings({
  statement_timeout: '60s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '10min',
});

/** Whether somebody watches the feed. */
export interface Entered {
  readonly enter_change: boolean;
}

/** PostgreSQL's own text, as in every other row of this API. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;

export interface Answer {
  readonly rows: readonly Row[];
  /** How many rows the statement returned or wrote. */
  readonly count: number;
}

/**
 * Many statements of one user in a transaction, outside of any request. The session is like
 * those that serve requests, confined to the role task_api, so row-level security holds.
 */
export class ScopedTransaction {
  readonly #client: Client;
  #scope: UserScope;
  /** Whose feeds it has changed while somebody watches them. */
  readonly #watched = new Set<string>();

  private constructor(client: Client, scope: UserScope) {
    this.#client = client;
    this.#scope = scope;
  }

  /** @throws the driver's error */
  static async open(
    { config }: DatabaseSession,
    { scope, mode }: { readonly scope: UserScope; readonly mode: TransactionMode },
  ): Promise<ScopedTransaction> {
    const client = await openClient({ ...config, query_timeout: 0 });
    try {
      await begin(client, scope, mode);
      return new ScopedTransaction(client, scope);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /** Continues as another user. */
  async enter(scope: UserScope): Promise<void> {
    if (scope === this.#scope) return;
    await this.#client.query(ENTER_SCOPE_SQL, [scope.userId]);
    this.#scope = scope;
  }

  /** @throws Error where a statement had failed: PostgreSQL itself then reports none */
  async commit(): Promise<void> {
    const { command } = await this.#client.query('commit');
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back');
    await announceChanges([...this.#watched], (text, values) => this.#client.query(text, values));
    this.#watched.clear();
  }

  /** Commits, so that others do not wait for long: the next statement begins another transaction. */
  async commitAndGoOn(): Promise<void> {
    await this.commit();
    await begin(this.#client, this.#scope, 'write');
  }

  /** Undoes what is not committed. */
  async close(): Promise<void> {
    await this.#client.end();
  }

  /** `$1` is the owner. */
  async send(statement: CompiledStatement, values: readonly unknown[]): Promise<Answer> {
    const numbers = numbersOf(statement, values);
    if (numbers !== undefined) {
      const { userId } = this.#scope;
      const entered = await this.#client.query<Entered>(ENTER_CHANGE_SQL, [userId, numbers]);
      if (entered.rows[0]?.enter_change === true) this.#watched.add(userId);
    }
    const { rows, rowCount } = await this.#client.query<(string | null)[]>({
      text: statement.text,
      values: [this.#scope.userId, ...values],
      rowMode: 'array',
      types: AS_TEXT,
    });
    return { rows, count: rowCount ?? 0 };
  }
}

async function begin(client: Client, { userId }: UserScope, mode: TransactionMode): Promise<void> {
  await client.query(BEGIN[mode]);
  await client.query(SETTINGS);
  await client.query(ENTER_SCOPE_SQL, [userId]);
}
