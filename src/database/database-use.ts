import type { UserScope } from '../user-scope/user-scope';
import type { CompiledStatement, Row, StatementValue } from './compiled-statement';
import { DatabaseRefusal, sqlState } from './database-errors';
import { KeyUsedError } from './keyed-write';

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

const NO_REPLICAS: ReadReplicas = { read: (_there, here) => here() };

/** Errors of the values that a request brings, and of constraints. */
const FAULTS_OF_REQUESTS = /^2[23]/;

/**
 * What requests learn about the database, so that probes of an idle server need not ask it; what
 * they change in it; and where else they may read.
 */
export class DatabaseUse {
  readonly feeds = new FeedWatch();
  #lastAt = -Infinity;
  #hasFailed = false;

  constructor(readonly replicas: ReadReplicas = NO_REPLICAS) {}

  /** Whether it was used within this many milliseconds, or has failed since `forgetFailures`. */
  isRecent(withinMs: number): boolean {
    return this.#hasFailed || performance.now() - this.#lastAt < withinMs;
  }

  forgetFailures(): void {
    this.#hasFailed = false;
  }

  /** Notes the work of a request, and how it ends. */
  note<Result>(work: Promise<Result>): Promise<Result> {
    this.#lastAt = performance.now();
    work.catch((error: unknown) => {
      const isOverloaded = error instanceof DatabaseRefusal && error.fault === 'overloaded';
      const isFaultOfRequest =
        error instanceof KeyUsedError || FAULTS_OF_REQUESTS.test(sqlState(error) ?? '');
      if (!isOverloaded && !isFaultOfRequest) this.#hasFailed = true;
    });
    return work;
  }
}

/** @param isWatched whether any process has a stream of this user's feed */
export type ChangeListener = (userId: string, isWatched: boolean) => void;

/** Reports the changes that this process has committed, so that watchers can read them. */
export class FeedWatch {
  #listener: ChangeListener = () => undefined;

  onChange(listener: ChangeListener): void {
    this.#listener = listener;
  }

  /** Called once for each statement that took a number, after the commit. */
  changed(userId: string, isWatched: boolean): void {
    this.#listener(userId, isWatched);
  }

  /** A session has ended, perhaps after its commit: a wake-up in vain costs a read. */
  mayHaveChanged(userId: string): void {
    this.#listener(userId, true);
  }
}
