import type { StatementValue } from '../database/compiled-statement';
import type { Sort } from './dto/list-tasks.query';
import { TASK_COLUMNS, type TaskColumn } from './task-fields';

export interface SearchFilters {
  readonly completed?: boolean | undefined;
  /**
   * Lower and upper bound of the id, exclusive; how `created_after` and `created_before` travel.
   */
  readonly aboveId?: string | undefined;
  readonly belowId?: string | undefined;
  readonly updatedAfter?: string | undefined;
  readonly updatedBefore?: string | undefined;
  /** Literal text, looked for in title and description regardless of case. */
  readonly text?: string | undefined;
}

/** Where a page begins: behind the last task of the page before. */
export interface SearchPosition {
  /** The sort key in PostgreSQL's text format; it never passes through a JavaScript Date. */
  readonly key: string;
  readonly id: string;
}

export interface Search {
  readonly filters: SearchFilters;
  readonly sort: Sort;
  readonly after: SearchPosition | undefined;
  readonly limit: number;
  readonly count: boolean;
}

interface Order {
  readonly column: TaskColumn;
  /** How its values compare, where that is not as the database would. */
  readonly collation?: string;
  readonly type: 'uuid' | 'timestamptz' | 'text';
  readonly direction: 'asc' | 'desc';
}

/** The whole of what a client may order by. `created_at` is the order of the ids. */
const ORDERS: Readonly<Record<Sort, Order>> = {
  '-created_at': { column: 'id', type: 'uuid', direction: 'desc' },
  created_at: { column: 'id', type: 'uuid', direction: 'asc' },
  '-updated_at': { column: 'updated_at', type: 'timestamptz', direction: 'desc' },
  updated_at: { column: 'updated_at', type: 'timestamptz', direction: 'asc' },
  '-title': { column: 'title', collation: 'collate "C"', type: 'text', direction: 'desc' },
  title: { column: 'title', collation: 'collate "C"', type: 'text', direction: 'asc' },
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
  const { column, collation = '', type, direction } = ORDERS[sort];
  const key = `${column} ${collation}`.trim();
  const matches = ['tasks.user_id = $1', ...filterConditions(filters, parameter)].join(
    '\n      and ',
  );
  const beyond =
    after === undefined
      ? ''
      : `\n      and (${key}, id) ${direction === 'asc' ? '>' : '<'}` +
        ` (${parameter(after.key)}::${type}, ${parameter(after.id)}::uuid)`;
  const order = `order by ${key} ${direction}, id ${direction}`;
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

/**
 * Text that looks the same may be stored with its accents composed (NFC) or decomposed (NFD). The
 * text as sent comes first, because it may be neither. JavaScript lowers the Turkish İ to an i with
 * a combining dot, PostgreSQL to a bare i.
 */
function spellingsOf(text: string): readonly string[] {
  return [
    ...new Set([
      text,
      text.normalize('NFC'),
      text.normalize('NFD'),
      text.replaceAll('i\u0307', 'i'),
    ]),
  ];
}

/**
 * Matches by a literal regular expression (`***=`): PostgreSQL reads each text once, whatever the
 * needle, where LIKE and strpos read it repeatedly (docs/decisions/0021-fair-shares.md).
 */
function filterConditions(
  filters: SearchFilters,
  parameter: (value: string) => string,
): readonly string[] {
  const { completed, aboveId, belowId, updatedAfter, updatedBefore, text } = filters;
  const conditions: string[] = [];
  if (completed !== undefined)
    conditions.push(`completed = ${parameter(String(completed))}::boolean`);
  if (aboveId !== undefined) conditions.push(`id > ${parameter(aboveId)}::uuid`);
  if (belowId !== undefined) conditions.push(`id < ${parameter(belowId)}::uuid`);
  if (updatedAfter !== undefined) {
    conditions.push(`updated_at > ${parameter(updatedAfter)}::timestamptz`);
  }
  if (updatedBefore !== undefined) {
    conditions.push(`updated_at < ${parameter(updatedBefore)}::timestamptz`);
  }
  if (text !== undefined) {
    const patterns = spellingsOf(text).map((one) => `'***=' || lower(${parameter(one)})`);
    const found = `~ any (array[${patterns.join(', ')}])`;
    conditions.push(`(lower(title) ${found} or lower(description) ${found})`);
  }
  return conditions;
}
