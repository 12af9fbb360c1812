import type { Writable } from 'node:stream';
import { type Connection, Query } from 'pg';
import type { CompiledStatement, Row, StatementValue } from '../src/database/compiled-statement';
import type { Settle } from '../src/database/batch/pipeline-batch';

/** pg's connection and Query as they are at run time (src/database/batch/pipeline-batch.ts). */
interface Wire {
  readonly stream: Writable;
  bind(message: { statement: string; values: readonly StatementValue[] }): void;
  execute(): void;
  sync(): void;
}
const ProtocolQuery = Query as unknown as new (text: string) => { callback: Settle };

/** A `PipelineBatch` of one without its scope: the statement stands alone before the Sync. */
export class UnscopedQuery extends ProtocolQuery {
  readonly #rows: Row[] = [];

  constructor(
    private readonly statement: CompiledStatement,
    private readonly parameters: readonly StatementValue[],
    settle: Settle,
  ) {
    super(statement.text);
    this.callback = settle;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    wire.bind({ statement: this.statement.name, values: this.parameters });
    wire.execute();
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow({ fields }: { readonly fields: Row }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {
    // There is but one, and ReadyForQuery follows.
  }

  handleReadyForQuery(): void {
    this.callback(null, [{ entry: [], rows: this.#rows }]);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}
