/** A reason why the API must not serve from this database, and the SQL that removes it. */
export interface Finding {
  readonly what: string;
  readonly remedies: readonly string[];
}
