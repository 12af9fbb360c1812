import { escapeIdentifier } from 'pg';

/** Where the tables are unless DATABASE_URL names another schema. */
export const DEFAULT_SCHEMA = 'public';

export interface NamesSchema {
  /** Of its own, from `?schema=` of the URL; absent: the default one. */
  readonly schema?: string;
}

/**
 * The `search_path` of every session. Nothing but the API's own schema is searched, whatever the
 * login or the database has as its default. `pg_temp` is named last because PostgreSQL would
 * otherwise search it first, where any session may make a table that hides one of the API.
 */
export function searchPathOf({ schema = DEFAULT_SCHEMA }: NamesSchema): string {
  return `${escapeIdentifier(schema)},pg_temp`;
}
