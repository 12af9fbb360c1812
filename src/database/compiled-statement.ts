/**
 * A statement that is composed once, at start, and sent as a prepared one. Its first parameter is
 * always the owner: whoever sends it (`Lanes`, `ScopedPool`) fills `$1` from the scope.
 */
export interface CompiledStatement {
  readonly name: string;
  readonly text: string;
  /**
   * How much of a batch it takes, by what it costs: a 64th if absent, and at least. 1 goes alone, for
   * it locks more than the row of its first value (docs/decisions/0014-batches-on-lanes.md).
   */
  readonly share?: (values: readonly StatementValue[]) => number;
}

/** A parameter in PostgreSQL's text format. */
export type StatementValue = string | null;

/** A row in PostgreSQL's text format, in the order of the select list. */
export type Row = readonly (string | null)[];
