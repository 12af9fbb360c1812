import { type Row, type StatementValue, rfc3339 } from '../database/compiled-statement';
import { positionOf as positionOfTask } from './task-position';

/**
 * What a client may decide about a task: its name in SQL and in JSON, and its type in SQL.
 * Statements, exports, imports and CSV files go by this table.
 */
export const TASK_FIELDS = {
  title: 'text',
  description: 'text',
  completed: 'boolean',
  due: 'text',
  time_zone: 'text',
  recurrence: 'text',
  recurrence_from: 'text',
  priority: 'smallint',
  tags: 'jsonb',
  parent_id: 'uuid',
} as const satisfies Record<string, string>;

export type TaskField = keyof typeof TASK_FIELDS;
export const FIELD_NAMES = Object.keys(TASK_FIELDS) as readonly TaskField[];

/** Every column that a client sees, in the order of the JSON. */
export const SHOWN_COLUMNS = [
  'id',
  'user_id',
  ...FIELD_NAMES,
  'position',
  'completed_at',
  'created_at',
  'updated_at',
] as const;

/** The columns of every row that holds a task. Rows are read by position. */
export const TASK_COLUMNS = [...SHOWN_COLUMNS, 'version'] as const;
export type TaskColumn = (typeof TASK_COLUMNS)[number];

/** The type of a column in SQL. */
export function columnType(column: TaskColumn): string {
  if (column === 'id' || column === 'user_id') return 'uuid';
  if (column === 'version') return 'bigint';
  if (column === 'position') return 'text';
  return column in TASK_FIELDS ? TASK_FIELDS[column as TaskField] : 'timestamptz(3)';
}

/** Where a column stands in such a row. */
export const positionOf = (column: TaskColumn): number => TASK_COLUMNS.indexOf(column);

/** A row of {@link TASK_COLUMNS}, in PostgreSQL's text format. */
type TaskTexts = readonly [
  id: string,
  userId: string,
  title: string,
  description: string | null,
  completed: string,
  due: string | null,
  timeZone: string | null,
  recurrence: string | null,
  recurrenceFrom: string,
  priority: string,
  tags: string,
  parentId: string | null,
  position: string | null,
  completedAt: string | null,
  createdAt: string,
  updatedAt: string,
];

/**
 * A task as clients see it. This is the one list of what leaves the database: nothing else makes
 * JSON of a task.
 */
export function taskJson(row: Row): string {
  const [
    id,
    userId,
    title,
    description,
    completed,
    due,
    timeZone,
    recurrence,
    recurrenceFrom,
    priority,
    tags,
    parentId,
    position,
    completedAt,
    createdAt,
    updatedAt,
  ] = row as readonly unknown[] as TaskTexts;
  const isDone = completed === 't';
  // A server of an earlier release leaves the time behind when it opens a task again, and the rule when it
  // completes a task or clears `due`.
  const doneAt = isDone && completedAt !== null ? `"${rfc3339(completedAt)}"` : 'null';
  const recurs = recurrence !== null && due !== null && !isDone;
  return (
    `{"id":"${id}","user_id":"${userId}","title":${JSON.stringify(title)}` +
    `,"description":${JSON.stringify(description)}` +
    `,"completed":${isDone ? 'true' : 'false'}` +
    `,"due":${due === null ? 'null' : `"${due}"`}` +
    `,"time_zone":${timeZone === null ? 'null' : `"${timeZone}"`}` +
    `,"recurrence":${recurs ? `"${recurrence}"` : 'null'},"recurrence_from":"${recurrenceFrom}"` +
    `,"priority":${priority},"tags":${tags}` +
    `,"parent_id":${parentId === null ? 'null' : `"${parentId}"`}` +
    `,"position":"${positionOfTask(id, position)}"` +
    `,"completed_at":${doneAt}` +
    `,"created_at":"${rfc3339(createdAt)}","updated_at":"${rfc3339(updatedAt)}"}`
  );
}

/** The value of a field as a parameter of a statement; a list is JSON. */
export function fieldValue(
  value: string | number | boolean | readonly string[] | null | undefined,
): StatementValue {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A task as it is stored, or, where `written` is false, only what a precondition met. */
export interface TaskRow {
  /** The JSON text that clients see; null where there is nothing to show. */
  readonly json: string | null;
  readonly version: string;
  /** Whether this statement wrote it; always true of a read. */
  readonly written: boolean;
  /** The id of the task that follows it, because it recurs. */
  readonly successor?: string | undefined;
}

/** Where a page begins: behind the last task of the page before. */
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
    last: last && { key: keyOf(last, key), id: last[ID] ?? '' },
  };
}

function keyOf(row: Row, column: TaskColumn): string | null {
  const value = row[positionOf(column)] ?? null;
  return column === 'position' ? positionOfTask(row[ID] ?? '', value) : value;
}

/** With the longest texts these are 32 MB, which Node holds until the last has come. */
const TASKS_OF_A_BATCH = 800;

/** The fraction of a batch that a page may take by its length. The last value is a limit: one more than the page has. */
export function costOfPage(values: readonly StatementValue[]): number {
  return (Number(values.at(-1)) - 1) / TASKS_OF_A_BATCH;
}
