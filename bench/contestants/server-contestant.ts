import type { WorkingCopy } from '../bench-database';
import type { Dataset } from '../dataset';

export interface LaunchContext {
  readonly dataset: Dataset;
  readonly database: Pick<WorkingCopy, 'endpoint'>;
  readonly port: number;
  /** For metrics, apart from the API. */
  readonly adminPort: number;
  /** Connections to the database. */
  readonly connections: number;
}

/** A program that the benchmark starts and stops. */
export interface ServerContestant {
  readonly kind: 'server';
  readonly name: string;
  readonly about: string;
  /** Whether it must refuse a request without a token, or with another user's. */
  readonly authenticates: boolean;
  /** Whether its throughput depends on a pool size, which must then be the best one for it. */
  readonly hasPool: boolean;
  /** Whether it reaches PostgreSQL through PgBouncer. */
  readonly isPooled?: boolean;
  /** Whether it takes part only where `--contestants` names it. */
  readonly isOptional?: boolean;
  /** Where another commit of this API is, whose schema its data have. */
  readonly checkout?: string;
  /** Arguments for Node, the program first; or for what `build` made. */
  readonly program: readonly string[];
  /** Makes a program that is none of Node's, and says where it is. */
  readonly build?: (directory: string) => string;
  readonly executable?: string;
  environment(context: LaunchContext): Record<string, string>;
}
