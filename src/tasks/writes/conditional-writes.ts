import type { CompiledStatement, Row, StatementValue } from '../../database/compiled-statement';
import type { KeyedWrite } from '../../database/keyed-write';
import type { UserScope } from '../../user-scope/user-scope';
import type { PageReader } from '../pages/page-reader';
import { BEHIND_TASK, storedTask, type TaskRow } from '../task-fields';
import { newTask } from '../task-id';
import type { ParentedWrites } from '../tree/parented-writes';

/** Versions that an If-Match names; undefined where any version will do. */
export type Versions = readonly string[] | undefined;

/** A write, and the same under If-Match. */
type Pair = readonly [plain: CompiledStatement, conditional: CompiledStatement];

/** One that may make a successor. */
export type FollowingWrite = CompiledStatement & { readonly namesParent: boolean };

/** How a write is made that may make a successor. */
export interface FollowTerms {
  readonly keyed?: KeyedWrite | undefined;
  /** Runs it if there is room for the successor. */
  readonly within?: <Result>(write: () => Promise<Result>) => Promise<Result>;
}

/** Whether a task may exist in an accepted version, although it was not written. */
export function isKept(row: TaskRow | undefined, versions: Versions): boolean {
  if (row === undefined) return versions === undefined;
  return !row.written && (versions?.includes(row.version) ?? true);
}

/** Writes of one task, of any version or of those that a client names. */
export class ConditionalWrites {
  constructor(
    private readonly pages: PageReader,
    private readonly parented: ParentedWrites,
  ) {}

  /** @param statements one alone is that of a write which names a parent */
  async run(
    scope: UserScope,
    statements: Pair | CompiledStatement,
    values: readonly StatementValue[],
    versions: Versions,
    keyed?: KeyedWrite,
  ): Promise<TaskRow | undefined> {
    const row =
      'name' in statements
        ? await this.parented.write(scope, statements, [...values, listOf(versions)], keyed)
        : await this.row(scope, statements, values, versions, keyed);
    return row && storedTask(row);
  }

  /**
   * A write that may complete a task that recurs, and then makes its successor.
   * @param statement `namesParent` where its body may
   */
  async follow(
    scope: UserScope,
    statement: FollowingWrite,
    values: readonly StatementValue[],
    versions: Versions,
    { keyed, within = (write) => write() }: FollowTerms,
  ): Promise<TaskRow | undefined> {
    const next = newTask();
    const birth = [next.id, new Date(next.createdAtMs).toISOString()];
    const all = [...values, ...birth, listOf(versions)];
    const row = await within(() =>
      statement.namesParent
        ? this.parented.write(scope, statement, all, keyed)
        : this.pages.one(scope, statement, all, keyed),
    );
    return row && { ...storedTask(row), successor: row[BEHIND_TASK] ?? undefined };
  }

  row(
    scope: UserScope,
    [plain, conditional]: Pair,
    values: readonly StatementValue[],
    versions: Versions,
    keyed?: KeyedWrite,
  ): Promise<Row | undefined> {
    return versions === undefined
      ? this.pages.one(scope, plain, values, keyed)
      : this.pages.one(scope, conditional, [...values, listOf(versions)], keyed);
  }
}

/** As a parameter of a statement. */
export function listOf(versions: Versions): StatementValue {
  return versions === undefined ? null : `{${versions.join(',')}}`;
}
