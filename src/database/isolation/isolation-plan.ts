import { HISTORY_TABLE } from '../schema/migration-history';

/** The tables that row-level security protects, and the column that says whose a row is. */
export const OWNER_COLUMN = { users: 'id', tasks: 'user_id' } as const;
export type ProtectedTable = keyof typeof OWNER_COLUMN;

/**
 * The one list of what the role task_api may do, and with that of the tables that it knows. A right
 * that is not here is one too many: TRUNCATE, for example, ignores row-level security.
 */
export const RIGHTS = {
  users: ['select', 'insert', 'update', 'delete'],
  tasks: ['select', 'insert', 'update', 'delete'],
  [HISTORY_TABLE]: ['select'],
} as const satisfies Record<ProtectedTable | typeof HISTORY_TABLE, readonly string[]>;
export type KnownTable = keyof typeof RIGHTS;

export function isProtected(table: KnownTable): table is ProtectedTable {
  return table in OWNER_COLUMN;
}

/** The one policy of a table, as PostgreSQL 15 to 18 print it where `pg_catalog` alone is searched. */
export function ownPolicy(table: ProtectedTable): string {
  const scope = `NULLIF(current_setting('app.user_id'::text, true), ''::text)`;
  return `(${OWNER_COLUMN[table]} = (${scope})::uuid)`;
}

/** A restrictive policy: what it narrows, and its text. */
export interface NarrowingPolicy {
  readonly name: string;
  readonly command: 'insert' | 'update' | 'delete';
  readonly using: string | null;
  readonly check: string | null;
}

/**
 * The restrictive policies of a table, printed likewise: without a number nobody writes a task.
 * @param schema of the tables, as SQL
 */
export function narrowingPolicies(
  table: ProtectedTable,
  schema: string,
): readonly NarrowingPolicy[] {
  if (table !== 'tasks') return [];
  const setting = `NULLIF(current_setting('app.change'::text, true), ''::text)`;
  const change = `COALESCE((${setting})::bigint, ${schema}.refuse_unnumbered())`;
  const numbered = `(version >= ${change})`;
  const name = (command: string): string => `numbered_${command}_1795868000003`;
  return [
    { name: name('insert'), command: 'insert', using: null, check: numbered },
    { name: name('update'), command: 'update', using: 'true', check: numbered },
    { name: name('delete'), command: 'delete', using: `(${change} > 0)`, check: null },
  ];
}

/** The body of `enter_scope`, with one blank between words. */
export const ENTER_SCOPE =
  "begin set local citus.propagate_set_commands = 'local';" +
  " execute pg_catalog.format('set local app.user_id = %L', user_id); end";

/** Settings that the isolation depends on, with the values that it needs. */
export const SETTINGS = {
  default_transaction_isolation: 'read committed',
  row_security: 'on',
  // Otherwise foreign keys do not act, and the tasks of a deleted account stay.
  session_replication_role: 'origin',
} as const;

/** The setting that names the user of a transaction. A session begins without it. */
export const SCOPE_SETTING = 'app.user_id';
