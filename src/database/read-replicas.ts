import type { CompiledStatement, Row, StatementValue } from './compiled-statement';
import type { UserScope } from '../user-scope/user-scope';

/** What carries statements of reads: lanes, or a pool. */
export interface Carrier<Statement, Options> {
  run(
    scope: UserScope,
    statement: Statement,
    values: readonly StatementValue[],
    options?: Options,
  ): Promise<readonly Row[]>;
}

/** The connections of one server. */
export interface Carriers {
  readonly lanes: Carrier<CompiledStatement, { readonly minCost?: number | undefined }>;
  readonly pool: Carrier<string, { readonly timeoutMs?: number }>;
}

/** Decides where a read runs whose scope names a change (replicas.ts). */
export interface ReadReplicas {
  /** @param there runs it on a replica @param here runs it on the primary */
  read(
    there: (replica: Carriers) => Promise<readonly Row[]>,
    here: () => Promise<readonly Row[]>,
  ): Promise<readonly Row[]>;
}

export const NO_REPLICAS: ReadReplicas = { read: (_there, here) => here() };
