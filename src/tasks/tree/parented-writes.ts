import {
  type CompiledStatement,
  numbersOf,
  type Row,
  type StatementValue,
} from '../../database/compiled-statement';
import type { KeyedWrite } from '../../database/keyed-write';
import type { ScopedPool } from '../../database/pool/scoped-pool';
import type { UserScope } from '../../user-scope/user-scope';
import { type PageReader, SEARCH_TIMEOUT_MS } from '../pages/page-reader';
import { ID } from '../task-fields';
import { type ParentFault, parentInvalid } from './parent-fault';
import { SUBTASKS_ON_LANE } from './parent.statements';

/** Writes of tasks that name their parent. */
export class ParentedWrites {
  constructor(
    private readonly pages: PageReader,
    private readonly pool: ScopedPool,
  ) {}

  /**
   * Where a lane would have to look at too many subtasks, the pool does it.
   * @param statement its last parameter is `most` of a Family, and its last column the ParentFault
   * @param values but for the last one
   * @throws ProblemError `parent-invalid`
   */
  async write(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
    keyed?: KeyedWrite,
  ): Promise<Row | undefined> {
    const onLane = [...values, String(SUBTASKS_ON_LANE)];
    let row = await this.pages.one(scope, statement, onLane, keyed);
    if (faultIn(row) === 'large') {
      const terms = { numbers: numbersOf(statement, values), keyed, timeoutMs: SEARCH_TIMEOUT_MS };
      [row] = await this.pool.run(scope, statement.text, [...values, null], terms);
    }
    const fault = faultIn(row);
    if (fault !== undefined) throw parentInvalid(fault);
    return row;
  }
}

/** Looked at only if the task was not written: a repeated create finds an existing one. */
function faultIn(row: Row | undefined): ParentFault | undefined {
  if (row?.[ID] !== null) return undefined;
  return (row.at(-1) ?? undefined) as ParentFault | undefined;
}
