import { type Row, type StatementValue, rfc3339 } from '../database/compiled-statement';

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
export const indexOf = (column: TaskColumn): number => TASK_COLUMNS.indexOf(column);

/** Its digits are those of base 62, in the order of their bytes: collation "C", and `<` of most languages. */
export const POSITION_PATTERN = '^[0-9A-Za-z]+$';
export const POSITION_MAX_LENGTH = 200;

const HEX = '0123456789abcdef';
const REVERSED_HEX = 'fedcba9876543210';
/** By the code of a character; the dashes of an id have none. */
const REVERSED: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  REVERSED_HEX.charCodeAt(HEX.indexOf(String.fromCharCode(code))),
);
/** A text built one character at a time is slow to read. */
const reversed = Buffer.alloc(REVERSED_HEX.length * 2);

/**
 * The position of a task. One that was never moved has its reversed id, so that the newest is
 * first. The position that a move gives has a V, which no such text has, so they are never the
 * same.
 */
export function positionOf(id: string, moved: string | null): string {
  if (moved !== null) return moved;
  let length = 0;
  for (let n = 0; n < id.length; n += 1) {
    const digit = REVERSED[id.charCodeAt(n)];
    if (!digit) continue;
    reversed[length] = digit;
    length += 1;
  }
  return reversed.toString('latin1', 0, length);
}

const OWN = /^(?:[\da-f]{32}|[\dA-Za-z]*V[\da-f]{14})$/;

/** Whether this API generated the text. */
export function isOwnPosition(value: unknown): boolean {
  return typeof value === 'string' && value.length <= POSITION_MAX_LENGTH && OWN.test(value);
}

/** Whether a move has given the task its position. */
export function wasMoved({ position }: { readonly position: string }): boolean {
  return position.includes('V') && isOwnPosition(position);
}

/** The same in SQL. @param table whose columns are meant, where several have them */
export function positionSql(table?: string): string {
  const of = table === undefined ? '' : `${table}.`;
  return `coalesce(${of}position, translate(${of}id::text, '${HEX}-', '${REVERSED_HEX}')) collate "C"`;
}

/**
 * Where a position stands among the ids of tasks that were never moved, in SQL: their positions are lower from
 * this id on, but for the task itself, and higher below it. A position that begins like that of an id goes on
 * with a letter: a capital one stands between the digits and a, any other behind f.
 */
export function turnOf(position: string): string {
  const beginning = `substring(${position} from '^[0-9a-f]*')`;
  const last = `case when ${position} ~ '^[0-9a-f]*[A-Z]' then ${beginning} || '9' else ${beginning} end`;
  return `translate(rpad(${last}, ${HEX.length * 2}, 'f'), '${HEX}', '${REVERSED_HEX}')::uuid`;
}

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
    `,"position":"${positionOf(id, position)}"` +
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

/** A stored task, or, if `written` is false, only the version that a precondition met. */
export interface TaskRow {
  /** The JSON text that clients see; null if there is nothing to show. */
  readonly json: string | null;
  readonly version: string;
  /** Whether this statement wrote it; always true of a read. */
  readonly written: boolean;
  /** The id of the task that follows it, because it recurs. */
  readonly successor?: string | undefined;
}

export const ID = indexOf('id');
const VERSION = indexOf('version');
/** Where a statement has one more column than those of a task. */
export const BEHIND_TASK = TASK_COLUMNS.length;

/** @param row without a task if a precondition prevented the write */
export function storedTask(row: Row): TaskRow {
  const written = row[ID] !== null;
  return { json: written ? taskJson(row) : null, version: row[VERSION] ?? '', written };
}

/** With the longest texts these are 32 MB, which Node holds until the last has come. */
const TASKS_OF_A_BATCH = 800;

/** The fraction of a batch that a page may take by its length. The last value is a limit: one more than the page has. */
export function costOfPage(values: readonly StatementValue[]): number {
  return (Number(values.at(-1)) - 1) / TASKS_OF_A_BATCH;
}
