import type { BenchDatabase } from './bench-database';
import type { Options } from './options';

/** What a run has at hand. */
export interface BenchContext {
  readonly options: Options;
  readonly startedAt: Date;
  readonly database: BenchDatabase;
  /** Removed at the end. */
  readonly workDirectory: string;
}
