import type { Writable } from 'node:stream';
import { type Connection, Query } from 'pg';
import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import { endsSession } from '../database-errors';
import type { LastChange, LastNumbers } from './last-change';
import {
  BEGIN,
  COMMIT,
  entryOf,
  keepingOf,
  type ScopedStatement,
  type ScopeMode,
} from './scope-statements';

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

/** What PostgreSQL answered to one statement, and to the entry of its scope before. */
export interface Answer extends LastNumbers {
  readonly entry: readonly Row[];
  readonly rows: readonly Row[];
}

export const NO_ANSWER: Answer = { entry: [], rows: [] };

/** Called with the answer to each statement, once PostgreSQL has committed all of them. */
export type Settle = (error: Error | null, answers: readonly Answer[]) => void;

/**
 * pg's Query as it is at run time. The published types leave out the protocol handlers that a
 * client calls, and a pipelined client accepts only true subclasses. A client with `query_timeout`
 * replaces the callback, so handlers must call that one.
 */
const ProtocolQuery = Query as unknown as new (text: string) => { callback: Settle };

/**
 * How PostgreSQL learns the text of a statement: `kept`, before the first batch, by its name; `sent`
 * with each batch, once for all runs in it; `unnamed`, before each run.
 */
export type StatementTexts = 'kept' | 'sent' | 'unnamed';

export interface BatchOptions {
  readonly mode: ScopeMode;
  readonly texts: StatementTexts;
  readonly settle: Settle;
  readonly lastChange?: LastChange | undefined;
  /** Leaves an explicit transaction open: a separate query ends it, whether it has failed or not. */
  readonly staysOpen?: boolean;
  /** Settings of the transaction, if the session has none. It has no parameter. */
  readonly settings?: CompiledStatement | undefined;
  /** The limit of each statement, instead of the session's; only if nothing is prepared. */
  readonly timeoutMs?: number | undefined;
}

/** The answers of PostgreSQL do not match what was sent: this connection cannot be trusted any more. */
export class OutOfStepError extends Error {
  constructor() {
    super('Connection terminated: its answers are out of step');
  }
}

/** The executions, in the order in which PostgreSQL reports them. */
interface Command {
  /** The statement of the batch that it serves. */
  readonly of: number;
  /** Collects what it answers. */
  readonly rows: Row[];
}

/**
 * Statements, each under its own user's scope, in one round trip: before each its scope is entered,
 * and a single Sync follows the last, so they are one transaction, and the scope ends with it.
 * Nothing is left on the session. A failure of a scope fails its statement before that begins, and
 * of either undoes the whole batch.
 */
export class PipelineBatch extends ProtocolQuery {
  readonly #statements: readonly ScopedStatement[];
  readonly #options: BatchOptions;
  readonly #sentTexts = new Set<string>();
  readonly #commands: Command[] = [];
  readonly #answers: Answer[] = [];
  #completed = 0;

  constructor(statements: readonly ScopedStatement[], options: BatchOptions) {
    super('');
    this.callback = options.settle;
    this.#statements = statements;
    this.#options = options;
  }

  /** The statement that PostgreSQL is at: after a failure, the one that failed. */
  get current(): number {
    return this.#commands[this.#completed]?.of ?? this.#statements.length;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    const { mode, staysOpen = false, settings } = this.#options;
    const last = this.#statements.length;
    // Each write is a system call, and wakes PostgreSQL.
    wire.stream.cork();
    if (mode === 'transaction') this.#write(wire, BEGIN, [], -1);
    if (settings !== undefined) this.#write(wire, settings, [], -1);
    this.#statements.forEach((statement, n) => {
      this.#answers.push(this.#writeScoped(wire, statement, n));
    });
    if (mode === 'transaction' && !staysOpen) this.#write(wire, COMMIT, [], last);
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow({ fields }: DataRow): void {
    this.#commands[this.#completed]?.rows.push(fields);
  }

  handleCommandComplete(): void {
    this.#completed += 1;
  }

  handleReadyForQuery(): void {
    // A pooler that splits a flush would lose the scope, or pass on another client's.
    if (this.#completed === this.#commands.length) this.callback(null, this.#answers);
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

  #writeScoped(wire: Wire, scoped: ScopedStatement, n: number): Answer {
    const { scope, statement, values } = scoped;
    const entry = this.#write(wire, ...entryOf(scoped, this.#options), n);
    const { lastChange } = this.#options;
    const first = lastChange?.before(scoped);
    const before = first && this.#write(wire, ...first, n);
    const rows = this.#write(wire, statement, [scope.userId, ...values], n);
    const { followedBy } = statement;
    if (followedBy !== undefined) {
      this.#write(wire, followedBy, [scope.userId, ...values.slice(0, followedBy.takes)], n);
    }
    const keeping = keepingOf(scoped);
    if (keeping !== undefined) this.#write(wire, ...keeping, n);
    const last = lastChange?.behind(scoped);
    const behind = last && this.#write(wire, ...last, n);
    return { entry, rows, before, behind };
  }

  #parse(wire: Wire, name: string, text: string): void {
    if (this.#options.texts === 'kept' || this.#sentTexts.has(name)) return;
    if (name !== '') {
      this.#sentTexts.add(name);
      // An earlier batch, or another process, may have left it on this server.
      wire.close({ type: 'S', name });
    }
    wire.parse({ name, text });
  }

  /** @returns where the rows of its answer will be */
  #write(
    wire: Wire,
    { name, text }: CompiledStatement,
    values: readonly StatementValue[],
    of: number,
  ): Row[] {
    const statement = this.#options.texts === 'unnamed' ? '' : name;
    this.#parse(wire, statement, text);
    // No Describe: rows are read by position, as PostgreSQL's text.
    wire.bind({ statement, values });
    wire.execute();
    const rows: Row[] = [];
    this.#commands.push({ of, rows });
    return rows;
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
