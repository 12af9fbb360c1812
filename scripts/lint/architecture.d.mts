import type { Linter } from 'eslint';

/** What some files may not know or do; the ESLint rule `law/<name>`. */
export interface Law {
  readonly name: string;
  /** What to write instead. */
  readonly message: string;
  /** Where it holds, as globs. */
  readonly files: readonly string[];
  /** Who is exempt. Each entry matches a file that exists: the architecture test sees to it. */
  readonly except?: readonly string[];
  /** The module paths that may not be imported there; or */
  readonly imports?: RegExp;
  /** the rooms from the ground up, of which a file may import those before its own; or */
  readonly rooms?: readonly string[];
  /** the code that may not stand there, as an esquery selector. */
  readonly syntax?: string;
}

export declare const LAWS: readonly Law[];
export declare const lawConfigs: Linter.Config[];
