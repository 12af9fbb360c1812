/** Names that need no care in SQL, in a URL and in startup options; PostgreSQL cuts longer ones. */
const NAME = /^[a-z_][a-z\d_-]{0,62}$/i;
/** PostgreSQL's own. */
const RESERVED = /^(pg_.*|information_schema)$/i;

/** What is wrong with the name of a schema; undefined is no mistake. */
export function schemaFault(name: string): string | undefined {
  if (RESERVED.test(name)) return 'must not be a schema of PostgreSQL itself';
  return NAME.test(name)
    ? undefined
    : 'must be a name of letters, digits, _ and -, at most 63 of them, that begins with a letter or _';
}
