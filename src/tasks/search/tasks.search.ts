import type { StatementValue } from '../../database/compiled-statement';
import type { Sort } from '../dto/list-tasks.query';
import { filterConditions, type SearchFilters } from './search-filters';
import type { PagePosition } from '../pages/task-page';
import { TASK_COLUMNS, type TaskColumn, positionSql } from '../task-fields';

export interface Search {
  readonly filters: SearchFilters;
  readonly sort: Sort;
  readonly after: PagePosition | undefined;
  readonly limit: number;
  readonly count: boolean;
}

interface Order {
  readonly column: TaskColumn;
  /** The sort expression, if it differs from the plain column. */
  readonly text?: string;
  readonly type: 'uuid' | 'timestamptz' | 'text' | 'smallint';
  readonly direction: 'asc' | 'desc';
  /** Tasks without a value are last, in either direction. */
  readonly nullable?: boolean;
}

/** All orders for clients. `created_at` is the order of the ids. */
const ORDERS: Readonly<Record<Sort, Order>> = {
  '-created_at': { column: 'id', type: 'uuid', direction: 'desc' },
  created_at: { column: 'id', type: 'uuid', direction: 'asc' },
  '-updated_at': { column: 'updated_at', type: 'timestamptz', direction: 'desc' },
  updated_at: { column: 'updated_at', type: 'timestamptz', direction: 'asc' },
  '-title': { column: 'title', text: 'title collate "C"', type: 'text', direction: 'desc' },
  title: { column: 'title', text: 'title collate "C"', type: 'text', direction: 'asc' },
  '-due': { column: 'due', type: 'text', direction: 'desc', nullable: true },
  due: { column: 'due', type: 'text', direction: 'asc', nullable: true },
  '-priority': { column: 'priority', type: 'smallint', direction: 'desc' },
  priority: { column: 'priority', type: 'smallint', direction: 'asc' },
  '-position': { column: 'position', text: positionSql(), type: 'text', direction: 'desc' },
  position: { column: 'position', text: positionSql(), type: 'text', direction: 'asc' },
};

/** The column that a list is ordered by; with the id it is the position of a row. */
export function keyOf(sort: Sort): TaskColumn {
  return ORDERS[sort].column;
}

/**
 * A list that is filtered, counted or in another order: O(tasks of that user), so it runs on the
 * pool. Rows of TASK_COLUMNS, at most one more than the limit. Where tasks are counted, one more
 * column has their number, and a page without tasks is one row without a task. `$1` is the owner.
 */
export function searchStatement({ filters, sort, after, limit, count }: Search): {
  readonly text: string;
  readonly values: readonly StatementValue[];
} {
  const values: StatementValue[] = [];
  const parameter = (value: string): string => {
    values.push(value);
    return `$${values.length + 1}`;
  };
  const sorted = ORDERS[sort];
  const key = keyText(sorted);
  const matches = ['tasks.user_id = $1', ...filterConditions(filters, parameter)].join(
    '\n      and ',
  );
  const beyond = after === undefined ? '' : `\n      and ${beyondOf(sorted, after, parameter)}`;
  const { direction, nullable = false } = sorted;
  const order = `order by ${key} ${direction}${nullable ? ' nulls last' : ''}, id ${direction}`;
  const page = `select ${TASK_COLUMNS.join(', ')}
    from tasks
    where ${matches}${beyond}
    ${order}
    limit ${parameter(String(limit + 1))}::int`;
  const text = count
    ? `select ${TASK_COLUMNS.join(', ')}, total
    from (select count(*) as total from tasks where ${matches}) counted
    left join (${page}
    ) page on true
    ${order}`
    : page;
  return { text, values };
}

function keyText({ column, text = column }: Order): string {
  return text;
}

/** The rows behind a position. */
function beyondOf(
  sorted: Order,
  { key, id }: PagePosition,
  parameter: (value: string) => string,
): string {
  const { column, type, direction, nullable = false } = sorted;
  const sign = direction === 'asc' ? '>' : '<';
  if (key === null) return `${column} is null and id ${sign} ${parameter(id)}::uuid`;
  const values = `(${parameter(key)}::${type}, ${parameter(id)}::uuid)`;
  const beyond = `(${keyText(sorted)}, id) ${sign} ${values}`;
  return nullable ? `(${beyond} or ${column} is null)` : beyond;
}
