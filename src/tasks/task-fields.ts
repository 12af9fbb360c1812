import type { Row, StatementValue } from '../database/compiled-statement';
import { rfc3339 } from '../database/session/timestamp-text';
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
    priority,
    tags,
    parentId,
    position,
    completedAt,
    createdAt,
    updatedAt,
  ] = row as readonly unknown[] as TaskTexts;
  const isDone = completed === 't';
  // A server of an earlier release leaves the time behind when it opens a task again.
  const doneAt = isDone && completedAt !== null ? `"${rfc3339(completedAt)}"` : 'null';
  return (
    `{"id":"${id}","user_id":"${userId}","title":${JSON.stringify(title)}` +
    `,"description":${JSON.stringify(description)}` +
    `,"completed":${isDone ? 'true' : 'false'}` +
    `,"due":${due === null ? 'null' : `"${due}"`}` +
    `,"time_zone":${timeZone === null ? 'null' : `"${timeZone}"`}` +
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
