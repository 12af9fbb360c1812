/**
 * A statement that is composed once, at start, and sent as a prepared one. Its first parameter is
 * always the owner: `Lanes` and `ScopedPool` fill `$1` from the scope.
 */
export interface CompiledStatement {
  readonly name: string;
  readonly text: string;
  /** Whether its foreign key locks the account of the owner, as the deletion of an account does first. */
  readonly locksAccount?: boolean;
  /**
   * The fraction of a batch that it uses: at least 1/64, the default. 1 means that it is sent alone,
   * because it locks more than the row of its first value (docs/decisions/0014-batches-on-lanes.md).
   */
  readonly cost?: (values: readonly StatementValue[]) => number;
}

/** A parameter in PostgreSQL's text format. */
export type StatementValue = string | null;

/** A row in PostgreSQL's text format, in the order of the select list. */
export type Row = readonly (string | null)[];
