import { escapeIdentifier } from 'pg';

/** The schema of the tables, unless DATABASE_URL names another one. */
export const DEFAULT_SCHEMA = 'public';

export interface NamesSchema {
  /** From `?schema=` of the URL; absent: the default one. */
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

/** Whether a `search_path`, as PostgreSQL prints it, is that one. */
export function isSearchPathOf(at: NamesSchema, path: string): boolean {
  const names = (list: string): string =>
    list
      .split(',')
      .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
      .join();
  return names(path) === names(searchPathOf(at));
}
