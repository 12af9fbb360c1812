import type { Writable } from 'node:stream';
import { type Connection, Query } from 'pg';
import type { UserScope } from '../../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';

/** `implicit`: everything before one Sync is one transaction. `transaction`: BEGIN … COMMIT. */
export type ScopeMode = 'implicit' | 'transaction';

/** pg's connection as it is at run time: it writes the messages of the extended query protocol. */
interface Wire {
  readonly stream: Writable;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly unknown[] }): void;
  execute(): void;
  sync(): void;
}

interface DataRow {
  readonly fields: Row;
}

/** Told the rows of each statement, once PostgreSQL has committed all of them. */
export type Settle = (error: Error | null, answers: readonly (readonly Row[])[]) => void;

/**
 * pg's Query as it is at run time. The published types leave out the protocol handlers that a
 * client calls, and a pipelined client accepts only true subclasses. A client with `query_timeout`
 * replaces the callback, so handlers must call that one.
 */
const ProtocolQuery = Query as unknown as new (text: string) => { callback: Settle };

const BEGIN: CompiledStatement = { name: 'begin_scope', text: 'begin' };
const COMMIT: CompiledStatement = { name: 'commit_scope', text: 'commit' };

const ENTER_SCOPE: Readonly<Record<ScopeMode, CompiledStatement>> = {
  implicit: { name: 'enter_scope', text: `select pg_catalog.set_config('app.user_id', $1, true)` },
  transaction: { name: 'enter_scope', text: 'select enter_scope($1::uuid)' },
};

/** The same, where the statement may run for no longer than this. The time is counted from the next one on. */
function enterScope(mode: ScopeMode, timeoutMs: number | undefined): CompiledStatement {
  if (timeoutMs === undefined) return ENTER_SCOPE[mode];
  const { text } = ENTER_SCOPE[mode];
  return { name: '', text: `${text}, set_config('statement_timeout', '${timeoutMs}', true)` };
}

/** What a session must have prepared before it can run scoped queries by name. */
export function scopeStatements(mode: ScopeMode): readonly CompiledStatement[] {
  return mode === 'implicit' ? [ENTER_SCOPE.implicit] : [BEGIN, ENTER_SCOPE.transaction, COMMIT];
}

interface Step {
  readonly statement: CompiledStatement;
  readonly values: readonly StatementValue[];
}

/** One statement, and the user in whose scope it runs. */
export interface ScopedStatement {
  readonly scope: UserScope;
  readonly statement: CompiledStatement;
  readonly values: readonly StatementValue[];
}

export interface BatchOptions {
  readonly mode: ScopeMode;
  readonly prepared: boolean;
  readonly settle: Settle;
  /** Of each statement, in the place of the session's; only where nothing is prepared. */
  readonly timeoutMs?: number | undefined;
}

/** The answers of PostgreSQL do not match what was sent: this connection can be trusted no more. */
export class OutOfStepError extends Error {
  constructor() {
    super('Connection terminated: its answers are out of step');
  }
}

/**
 * Statements, each under its own user's scope, in one round trip: before each its scope is entered,
 * and a single Sync follows the last, so they are one transaction, and the scope ends with it.
 * Nothing is left on the session. A failure of a scope fails its statement before that begins, and
 * of either undoes the whole batch.
 */
export class PipelineBatch extends ProtocolQuery {
  readonly #steps: readonly Step[];
  /** Steps before the scope of the first statement. */
  readonly #leading: number;
  readonly #prepared: boolean;
  readonly #answers: Row[][];
  #completed = 0;

  constructor(
    statements: readonly ScopedStatement[],
    { mode, prepared, settle, timeoutMs }: BatchOptions,
  ) {
    super('');
    this.callback = settle;
    this.#prepared = prepared;
    this.#answers = statements.map(() => []);
    const scoped = statements.flatMap(({ scope: { userId }, statement, values }): Step[] => [
      { statement: enterScope(mode, timeoutMs), values: [userId] },
      { statement, values: [userId, ...values] },
    ]);
    this.#leading = mode === 'implicit' ? 0 : 1;
    this.#steps =
      mode === 'implicit'
        ? scoped
        : [{ statement: BEGIN, values: [] }, ...scoped, { statement: COMMIT, values: [] }];
  }

  /** The statement that PostgreSQL is at: after a failure, the one that failed. */
  get current(): number {
    return (this.#completed - this.#leading) >> 1;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    // Each write is a system call, and wakes PostgreSQL.
    wire.stream.cork();
    for (const { statement, values } of this.#steps) {
      const name = this.#prepared ? statement.name : '';
      if (!this.#prepared) wire.parse({ name, text: statement.text });
      // No Describe: rows are read by position, and their text is forwarded as it is.
      wire.bind({ statement: name, values });
      wire.execute();
    }
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow({ fields }: DataRow): void {
    const step = this.#completed - this.#leading;
    // Rows of the scope are nobody's answer.
    if (step % 2 === 1) this.#answers[step >> 1]?.push(fields);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleReadyForQuery(): void {
    // A pooler that tears a flush apart would lose the scope, or hand on what another client left.
    if (this.#completed === this.#steps.length) this.callback(null, this.#answers);
    else this.callback(new OutOfStepError(), []);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}

/** Parses statements on a session under their names, in one round trip. */
export class PrepareBatch extends ProtocolQuery {
  readonly #statements: readonly CompiledStatement[];

  constructor(statements: readonly CompiledStatement[], settle: Settle) {
    super('');
    this.callback = settle;
    this.#statements = statements;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    for (const statement of this.#statements) wire.parse(statement);
    wire.sync();
    wire.stream.uncork();
  }

  handleReadyForQuery(): void {
    this.callback(null, []);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}
