import type { Writable } from 'node:stream';
import { type Connection, Query } from 'pg';
import type { UserScope } from '../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from './compiled-statement';

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

export type Settle = (error: Error | null, rows: readonly Row[]) => void;

/**
 * pg's Query as it is at run time. The published types leave out the protocol handlers that a
 * client calls, and a pipelined client accepts only true subclasses. A client with `query_timeout`
 * replaces the callback, so handlers must call that one.
 */
const ProtocolQuery = Query as unknown as new (text: string) => { callback: Settle };

const BEGIN: CompiledStatement = { name: 'begin_scope', text: 'begin' };
const COMMIT: CompiledStatement = { name: 'commit_scope', text: 'commit' };

const ENTER_SCOPE: Readonly<Record<ScopeMode, CompiledStatement>> = {
  implicit: { name: 'enter_scope', text: `select set_config('app.user_id', $1, true)` },
  transaction: { name: 'enter_scope', text: 'select enter_scope($1)' },
};

/** What a session must have prepared before it can run scoped queries by name. */
export function scopeStatements(mode: ScopeMode): readonly CompiledStatement[] {
  return mode === 'implicit' ? [ENTER_SCOPE.implicit] : [BEGIN, ENTER_SCOPE.transaction, COMMIT];
}

/**
 * What all requests of one turn of the event loop send on a connection leaves in one write: each
 * write is a system call, and wakes PostgreSQL.
 */
function corkForThisTurn(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => {
    stream.uncork();
  });
}

interface Step {
  readonly statement: CompiledStatement;
  readonly values: readonly StatementValue[];
}

/** The answers of PostgreSQL do not match what was sent: this connection can be trusted no more. */
export class OutOfStepError extends Error {
  constructor() {
    super('Connection terminated: its answers are out of step');
  }
}

/**
 * One statement under one user's scope, in one round trip: the scope and the statement are written
 * before a single Sync, so they are one transaction, and the scope ends with it. Nothing is left
 * on the session, and a failure of the scope fails the statement.
 */
export class ScopedQuery extends ProtocolQuery {
  readonly #steps: readonly Step[];
  readonly #answer: number;
  readonly #prepared: boolean;
  readonly #rows: Row[] = [];
  #completed = 0;

  constructor(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    { mode, prepared, settle }: { mode: ScopeMode; prepared: boolean; settle: Settle },
  ) {
    super(statement.text);
    this.callback = settle;
    this.#prepared = prepared;
    const enter: Step = { statement: ENTER_SCOPE[mode], values: [scope.userId] };
    const act: Step = { statement, values: [scope.userId, ...values] };
    this.#steps =
      mode === 'implicit'
        ? [enter, act]
        : [{ statement: BEGIN, values: [] }, enter, act, { statement: COMMIT, values: [] }];
    this.#answer = this.#steps.indexOf(act);
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    corkForThisTurn(wire.stream);
    for (const { statement, values } of this.#steps) {
      const name = this.#prepared ? statement.name : '';
      if (!this.#prepared) wire.parse({ name, text: statement.text });
      // No Describe: rows are read by position, and their text is forwarded as it is.
      wire.bind({ statement: name, values });
      wire.execute();
    }
    wire.sync();
  }

  handleDataRow({ fields }: DataRow): void {
    // Rows of the scope come first and are nobody's answer.
    if (this.#completed === this.#answer) this.#rows.push(fields);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleReadyForQuery(): void {
    // A pooler that tears a flush apart would lose the scope, or hand on what another client left.
    if (this.#completed === this.#steps.length) this.callback(null, this.#rows);
    else this.callback(new OutOfStepError(), []);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}

/** Parses statements on a session under their names, in one round trip. */
export class PrepareStatements extends ProtocolQuery {
  readonly #statements: readonly CompiledStatement[];

  constructor(statements: readonly CompiledStatement[], settle: Settle) {
    super('');
    this.callback = settle;
    this.#statements = statements;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    corkForThisTurn(wire.stream);
    for (const statement of this.#statements) wire.parse(statement);
    wire.sync();
  }

  handleReadyForQuery(): void {
    this.callback(null, []);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}
