import type { Writable } from 'node:stream';
import { type Connection, Query } from 'pg';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import { endsSession } from '../database-errors';
import type { PendingStatement } from './pending-statement';

/** `implicit`: everything before one Sync is one transaction. `transaction`: BEGIN … COMMIT. */
export type ScopeMode = 'implicit' | 'transaction';

/** pg's connection as it is at run time: it writes the messages of the extended query protocol. */
interface Wire {
  readonly stream: Writable;
  parse(message: { name: string; text: string }): void;
  close(message: { type: 'S'; name: string }): void;
  bind(message: { statement: string; values: readonly unknown[] }): void;
  execute(): void;
  sync(): void;
}

interface DataRow {
  readonly fields: Row;
}

/** Called with the rows of each statement, once PostgreSQL has committed all of them. */
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

/** @param timeoutMs limits the statement, which is the next one: a change does not act on the present one */
function enterScope(mode: ScopeMode, timeoutMs: number | undefined): CompiledStatement {
  if (timeoutMs === undefined) return ENTER_SCOPE[mode];
  const { text } = ENTER_SCOPE[mode];
  return { name: '', text: `${text}, set_config('statement_timeout', '${timeoutMs}', true)` };
}

/** What a session must have prepared before it can run scoped queries by name. */
export function scopeStatements(mode: ScopeMode): readonly CompiledStatement[] {
  return mode === 'implicit' ? [ENTER_SCOPE.implicit] : [BEGIN, ENTER_SCOPE.transaction, COMMIT];
}

/** What a batch needs to know of a statement. */
export type ScopedStatement = Pick<PendingStatement, 'scope' | 'statement' | 'values'>;

/**
 * How PostgreSQL learns the text of a statement: `kept`, before the first batch, by its name; `sent`
 * with each batch, once for all runs in it; `unnamed`, before each run.
 */
export type StatementTexts = 'kept' | 'sent' | 'unnamed';

export interface BatchOptions {
  readonly mode: ScopeMode;
  readonly texts: StatementTexts;
  readonly settle: Settle;
  /** Leaves an explicit transaction open, for a query of its own to end, whether it has failed or not. */
  readonly staysOpen?: boolean;
  /** Settings of the transaction, where the session has none of its own. It has no parameter. */
  readonly settings?: CompiledStatement | undefined;
  /** Of each statement, in the place of the session's; only where nothing is prepared. */
  readonly timeoutMs?: number | undefined;
}

/** The answers of PostgreSQL do not match what was sent: this connection cannot be trusted any more. */
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
  readonly #statements: readonly ScopedStatement[];
  readonly #mode: ScopeMode;
  readonly #commits: boolean;
  readonly #texts: StatementTexts;
  readonly #sentTexts = new Set<string>();
  readonly #settings: CompiledStatement | undefined;
  readonly #timeoutMs: number | undefined;
  readonly #answers: Row[][];
  #completed = 0;

  constructor(
    statements: readonly ScopedStatement[],
    { mode, staysOpen = false, texts, settings, settle, timeoutMs }: BatchOptions,
  ) {
    super('');
    this.callback = settle;
    this.#statements = statements;
    this.#mode = mode;
    this.#commits = mode === 'transaction' && !staysOpen;
    this.#texts = texts;
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
    this.#answers = statements.map(() => []);
  }

  /** The statement that PostgreSQL is at: after a failure, the one that failed. */
  get current(): number {
    return (this.#completed - this.#leading) >> 1;
  }

  /** Commands before the first scope. */
  get #leading(): number {
    return Number(this.#mode === 'transaction') + Number(this.#settings !== undefined);
  }

  /** Commands after the last statement. */
  get #trailing(): number {
    return Number(this.#commits);
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    // Each write is a system call, and wakes PostgreSQL.
    wire.stream.cork();
    const enter = enterScope(this.#mode, this.#timeoutMs);
    if (this.#mode === 'transaction') this.#write(wire, BEGIN, []);
    if (this.#settings !== undefined) this.#write(wire, this.#settings, []);
    for (const { scope, statement, values } of this.#statements) {
      this.#write(wire, enter, [scope.userId]);
      this.#write(wire, statement, [scope.userId, ...values]);
    }
    if (this.#commits) this.#write(wire, COMMIT, []);
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow({ fields }: DataRow): void {
    const step = this.#completed - this.#leading;
    // The rows of settings and scopes are no answer.
    if (step % 2 === 1) this.#answers[step >> 1]?.push(fields);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleReadyForQuery(): void {
    const expected = this.#leading + 2 * this.#statements.length + this.#trailing;
    // A pooler that tears a flush apart would lose the scope, or hand on what another client left.
    if (this.#completed === expected) this.callback(null, this.#answers);
    else this.callback(new OutOfStepError(), []);
  }

  /**
   * Settles with the Sync of the batch: until then, what is sent would be part of it. A session that
   * ends reaches no Sync.
   */
  handleError(error: Error, connection: Connection): void {
    if (endsSession(error)) this.callback(error, []);
    else onceReadyOrClosed(connection, () => this.callback(error, []));
  }

  #parse(wire: Wire, name: string, text: string): void {
    if (this.#texts === 'kept' || this.#sentTexts.has(name)) return;
    if (name !== '') {
      this.#sentTexts.add(name);
      // An earlier batch, or another process, may have left it on this server.
      wire.close({ type: 'S', name });
    }
    wire.parse({ name, text });
  }

  #write(wire: Wire, { name, text }: CompiledStatement, values: readonly StatementValue[]): void {
    const statement = this.#texts === 'unnamed' ? '' : name;
    this.#parse(wire, statement, text);
    // No Describe: rows are read by position, as PostgreSQL's text.
    wire.bind({ statement, values });
    wire.execute();
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

function onceReadyOrClosed(connection: Connection, act: () => void): void {
  const { stream } = connection as unknown as Wire;
  const done = (): void => {
    connection.off('readyForQuery', done);
    stream.off('close', done);
    act();
  };
  connection.once('readyForQuery', done);
  stream.once('close', done);
}
