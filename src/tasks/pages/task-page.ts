import { hash } from 'node:crypto';
import type { Row } from '../../database/compiled-statement';
import { canonicalUuid } from '../../http/input/uuid';
import { ProblemError } from '../../problems/problem-error';
import { lineFault } from '../dto/task-characters';
import { dueFault, timestampFault } from '../dto/time-rules';
import { priorityFault } from '../dto/task-rules';
import type { ListTasksQuery, Sort } from '../dto/list-tasks.query';
import { ID, indexOf, isOwnPosition, positionOf, type TaskColumn, taskJson } from '../task-fields';

/** The start of a page: behind the last task of the previous one. */
export interface PagePosition {
  /** The sort key in PostgreSQL's text format; it never passes through a JavaScript Date. */
  readonly key: string | null;
  readonly id: string;
}

export interface TaskPage {
  /** The JSON of each task. */
  readonly items: readonly string[];
  /** The last task of the page if there is another page. */
  readonly last: PagePosition | undefined;
  readonly total: string | undefined;
}

/** @param rows at most one more than the limit, which says that there is another page */
export function pageOf(
  rows: readonly Row[],
  limit: number,
  key: TaskColumn,
  json: (row: Row) => string = taskJson,
): Pick<TaskPage, 'items' | 'last'> {
  const tasks = rows.slice(0, limit);
  const last = rows.length > limit ? tasks.at(-1) : undefined;
  return {
    items: tasks.map(json),
    last: last && { key: keyOf(last, key), id: last[ID] ?? '' },
  };
}

function keyOf(row: Row, column: TaskColumn): string | null {
  const value = row[indexOf(column)] ?? null;
  return column === 'position' ? positionOf(row[ID] ?? '', value) : value;
}

/** Of the text of cursors. */
const VERSION = 1;
const BASE64URL = /^[\w-]+$/;
const PRIORITY = /^\d$/;
/** How PostgreSQL writes a timestamptz(3) in UTC; it knows no year 0. */
const TIMESTAMP = /^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?\+00$/;

/** The filters of lists since 0.1. Cursors are bound to these, in this order. */
const FILTERS = [
  'completed',
  'q',
  'created_after',
  'created_before',
  'updated_after',
  'updated_before',
] as const;

/** Filters of later releases. They are bound by name, so earlier cursors stay valid. */
const LATER_FILTERS = [
  'due_before',
  'due_after',
  'overdue',
  'time_zone',
  'no_due',
  'priority',
  'priority_min',
  'tag',
  'parent_id',
] as const;

/** The binding of a cursor: one user's list in one order under the same filters. */
export type CursorBinding = Pick<
  ListTasksQuery,
  (typeof FILTERS)[number] | (typeof LATER_FILTERS)[number] | 'sort'
> & {
  readonly userId: string;
};

/** Writes the position behind a page. */
export function encodeCursor(binding: CursorBinding, { key, id }: PagePosition): string {
  return opaqueCursor(bound(binding), [id, ...(key === id ? [] : [key])]);
}

/**
 * Reads a cursor, strictly: only the very text that `encodeCursor` writes for this binding passes.
 * @throws ProblemError `invalid-cursor`
 */
export function decodeCursor(binding: CursorBinding, cursor: string): PagePosition {
  const [id, key = id] = positionIn(cursor);
  if (typeof id === 'string' && canonicalUuid(id) === id && isKey(binding.sort, key)) {
    const position = { key, id };
    if (encodeCursor(binding, position) === cursor) return position;
  }
  throw new ProblemError('invalid-cursor');
}

function isKey(sort: Sort, key: unknown): key is PagePosition['key'] {
  if (key === null) return sort === 'due' || sort === '-due';
  if (typeof key !== 'string') return false;
  switch (sort) {
    case 'created_at':
    case '-created_at':
      return canonicalUuid(key) === key;
    case 'updated_at':
    case '-updated_at':
      return TIMESTAMP.test(key) && timestampFault(`${key.replace(' ', 'T')}:00`) === undefined;
    case 'title':
    case '-title':
      return lineFault(key) === undefined;
    case 'due':
    case '-due':
      return dueFault(key) === undefined;
    case 'position':
    case '-position':
      return isOwnPosition(key);
    case 'priority':
    case '-priority':
      return priorityFault(PRIORITY.test(key) ? Number(key) : key) === undefined;
  }
}

function bound(binding: CursorBinding): readonly unknown[] {
  const { userId, sort } = binding;
  const later = LATER_FILTERS.flatMap((name) =>
    binding[name] === undefined ? [] : [[name, binding[name]]],
  );
  return [userId, sort, ...FILTERS.map((name) => binding[name] ?? null), ...later];
}

/**
 * Writes a position as an opaque text. It is bound by a hash, not signed: scope, predicate and
 * row-level security confine even a hand-made one to the list of its sender.
 * @param binding the list that the cursor is valid for
 */
export function opaqueCursor(binding: readonly unknown[], position: readonly unknown[]): string {
  const digest = hash('sha256', JSON.stringify(binding), 'base64url').slice(0, 16);
  return Buffer.from(JSON.stringify([VERSION, digest, ...position])).toString('base64url');
}

/** Reads a position from any text. It is a cursor only if `opaqueCursor` writes exactly this text. */
export function positionIn(cursor: string): readonly unknown[] {
  if (!BASE64URL.test(cursor)) return [];
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(content) ? content.slice(2) : [];
  } catch {
    return [];
  }
}
