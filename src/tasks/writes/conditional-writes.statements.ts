import type { ObjectLiteral, Repository, SelectQueryBuilder, UpdateQueryBuilder } from 'typeorm';
import { TASK_COLUMNS } from '../task-fields';
import type { Task } from '../task.entity';
import { parentFaultSql } from '../tree/parent.statements';

const SHOWN = TASK_COLUMNS.slice(0, -1);
const VERSION_NOW = '(select version from current)';
const IF_VERSIONS = `coalesce(${VERSION_NOW} = any (:versions::bigint[]), true)`;
/** What a successor is made of, beside what is written. */
const OF_RULE = ['version', 'completed', 'due', 'recurrence'];
const FAULT = '(select fault from verdict)';

/**
 * A fault only if the version may be changed: another version is reported first. An unchanged
 * parent is not checked, because it may have been deleted since.
 */
const VERDICT = `select case
    when current.version <> all (:versions::bigint[]) then null
    when current.parent_id = :parent_id::uuid or :parent_id::uuid is null then null
    else ${parentFaultSql({ owner: ':owner', id: ':id::uuid', parent: ':parent_id::uuid', most: ':most::int' })}
  end as fault
  from current`;

function followedBy(
  query: SelectQueryBuilder<ObjectLiteral>,
  successor: string,
): SelectQueryBuilder<ObjectLiteral> {
  return query
    .addCommonTableExpression(successor, 'following')
    .leftJoin('following', 'following', 'true');
}

/** Writes that leave a task unchanged if a condition fails, and return what they met. */
export function conditionalWrites(tasks: Repository<Task>) {
  const current = (columns: readonly string[]): SelectQueryBuilder<Task> =>
    columns
      .reduce(
        (query, column) => query.addSelect(`task.${column}`, column),
        tasks.createQueryBuilder('task').select([]),
      )
      .where('task.userId = :owner and task.id = :id')
      .setLock('for_no_key_update');
  const rowsOf = (written: readonly string[]): string[] => [
    ...written.map((column) => `written.${column}`),
    'coalesce(written.version, current.version)',
  ];

  /**
   * The same write, unless `verdict`, the last of the expressions, has a fault; and, where `versions` is not
   * null, if the stored version is one of them. The last column has the fault.
   */
  const unlessFaulty = (
    write: UpdateQueryBuilder<Task>,
    expressions: Readonly<Record<string, string>>,
  ): SelectQueryBuilder<ObjectLiteral> =>
    Object.entries(expressions)
      .reduce(
        (query, [name, text]) => query.addCommonTableExpression(text, name),
        tasks.manager
          .createQueryBuilder()
          .addCommonTableExpression(current([...OF_RULE, 'parent_id']), 'current'),
      )
      .addCommonTableExpression(write.andWhere(IF_VERSIONS).andWhere(`${FAULT} is null`), 'written')
      .select([...rowsOf(SHOWN), 'verdict.fault'])
      .from('current', 'current')
      .innerJoin('verdict', 'verdict', 'true')
      .leftJoin('written', 'written', 'true');

  return {
    /**
     * The same write, if the stored version is one of `versions`. The row is locked before it is
     * compared, so a loser gets the winning version, never the one that it sent.
     */
    onlyIf: (write: UpdateQueryBuilder<Task>): SelectQueryBuilder<ObjectLiteral> =>
      tasks.manager
        .createQueryBuilder()
        .addCommonTableExpression(current(['version']), 'current')
        .addCommonTableExpression(
          write.andWhere(`${VERSION_NOW} = any (:versions::bigint[])`),
          'written',
        )
        .select(rowsOf(SHOWN))
        .from('current', 'current')
        .leftJoin('written', 'written', 'true'),

    /**
     * The same write, of a body that names a parent; `versions` may be null. The last column has the ParentFault.
     * @param successor where there may be one; its id stands before the fault
     */
    onlyUnder: (
      write: UpdateQueryBuilder<Task>,
      successor?: string,
    ): SelectQueryBuilder<ObjectLiteral> => {
      const query = unlessFaulty(write, { verdict: VERDICT });
      if (successor === undefined) return query;
      return followedBy(query, successor).select([
        ...rowsOf(SHOWN),
        'following.id',
        'verdict.fault',
      ]);
    },
    unlessFaulty,

    /** The same write, and the successor of the task, whose id is one more column. `versions` may be null. */
    withSuccessor: (
      write: UpdateQueryBuilder<Task>,
      successor: string,
    ): SelectQueryBuilder<ObjectLiteral> => {
      const query = tasks.manager
        .createQueryBuilder()
        .addCommonTableExpression(current(OF_RULE), 'current')
        .addCommonTableExpression(write.andWhere(IF_VERSIONS), 'written')
        .from('current', 'current')
        .leftJoin('written', 'written', 'true');
      return followedBy(query, successor).select([...rowsOf(SHOWN), 'following.id']);
    },
  };
}
