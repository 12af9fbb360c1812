import type { Row, StatementValue } from '../database/compiled-statement';
import { rfc3339 } from '../database/session/timestamp-text';

/**
 * What a client may decide about a task: its name in SQL and in JSON, and its type in SQL.
 * Statements, exports, imports and CSV files go by this table.
 */
export const TASK_FIELDS = {
  title: 'text',
  description: 'text',
  completed: 'boolean',
} as const satisfies Record<string, string>;

export type TaskField = keyof typeof TASK_FIELDS;
export const FIELD_NAMES = Object.keys(TASK_FIELDS) as readonly TaskField[];

/** Every column that a client sees, in the order of the JSON. */
export const SHOWN_COLUMNS = ['id', 'user_id', ...FIELD_NAMES, 'created_at', 'updated_at'] as const;

/** The columns of every row that holds a task. Rows are read by position. */
export const TASK_COLUMNS = [...SHOWN_COLUMNS, 'version'] as const;
export type TaskColumn = (typeof TASK_COLUMNS)[number];

/** Where a column stands in such a row. */
export const positionOf = (column: TaskColumn): number => TASK_COLUMNS.indexOf(column);

/** A row of {@link TASK_COLUMNS}, in PostgreSQL's text format. */
type TaskTexts = readonly [
  id: string,
  userId: string,
  title: string,
  description: string | null,
  completed: string,
  createdAt: string,
  updatedAt: string,
];

/**
 * A task as clients see it. This is the one list of what leaves the database: nothing else makes
 * JSON of a task.
 */
export function taskJson(row: Row): string {
  const [id, userId, title, description, completed, createdAt, updatedAt] =
    row as readonly unknown[] as TaskTexts;
  return (
    `{"id":"${id}","user_id":"${userId}","title":${JSON.stringify(title)}` +
    `,"description":${JSON.stringify(description)}` +
    `,"completed":${completed === 't' ? 'true' : 'false'}` +
    `,"created_at":"${rfc3339(createdAt)}","updated_at":"${rfc3339(updatedAt)}"}`
  );
}

/** The value of a field as a parameter of a statement. */
export function fieldValue(value: string | number | boolean | null | undefined): StatementValue {
  return value === null || value === undefined ? null : String(value);
}
