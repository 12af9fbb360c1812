import type { Row } from '../database/compiled-statement';
import { positionOf, TASK_COLUMNS, type TaskColumn, taskJson } from './task-fields';
import type { SearchPosition } from './search/tasks.search';

/** A task as it is stored, or, where `written` is false, only what a precondition met. */
export interface TaskRow {
  /** The JSON text that clients see; null where there is nothing to show. */
  readonly json: string | null;
  readonly version: string;
  /** Whether this statement wrote it; always true of a read. */
  readonly written: boolean;
}

export interface TaskPage {
  /** The JSON of each task. */
  readonly items: readonly string[];
  /** The last task of the page if there is another page. */
  readonly last: SearchPosition | undefined;
  readonly total: string | undefined;
}

export const ID = positionOf('id');
const VERSION = positionOf('version');
/** Where a statement has one more column than those of a task. */
export const BEHIND_TASK = TASK_COLUMNS.length;

/** @param row without a task where a precondition kept it as it was */
export function storedTask(row: Row): TaskRow {
  const written = row[ID] !== null;
  return { json: written ? taskJson(row) : null, version: row[VERSION] ?? '', written };
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
    last: last && { key: last[positionOf(key)] ?? null, id: last[ID] ?? '' },
  };
}
