import type { Linter } from 'eslint';

/** The SQL of the migration that is looked at, in lower case and on one line each. */
export interface MigrationSql {
  readonly statements: readonly string[];
  /** The tables that it makes. */
  readonly created: ReadonlySet<string>;
  /** Of the migration, the first of its file name. */
  readonly time: string | undefined;
}

/** What the SQL of a migration may not do; the ESLint rule `migration/<name>`. */
export interface MigrationLaw {
  readonly name: string;
  /** What to write instead. */
  readonly message: string;
  /** Files that are exempt, as globs. */
  readonly except?: readonly string[];
  readonly breaks: (sql: string, migration: MigrationSql) => boolean;
  /** Absent: spares tables that the same migration makes. */
  readonly spares?: (sql: string, migration: MigrationSql) => boolean;
}

export declare const MIGRATION_LAWS: readonly MigrationLaw[];
export declare const migrationConfigs: Linter.Config[];
