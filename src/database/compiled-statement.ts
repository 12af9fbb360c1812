/**
 * A statement that is composed once, at start, and sent as a prepared one. Its first parameter is
 * always the owner: whoever sends it (`Lanes`, `ScopedPool`) fills `$1` from the scope.
 */
export interface CompiledStatement {
  readonly name: string;
  readonly text: string;
}

/** A parameter in PostgreSQL's text format. */
export type StatementValue = string | null;

/** A row in PostgreSQL's text format, in the order of the select list. */
export type Row = readonly (string | null)[];
