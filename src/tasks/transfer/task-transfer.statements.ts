import { CHANGE_NUMBER } from '../../database/change-number';
import type { CompiledStatement, Row } from '../../database/compiled-statement';
import type { TaskFields } from '../dto/write-task.dto';
import {
  columnType,
  FIELD_NAMES,
  fieldValue,
  positionOf,
  TASK_COLUMNS,
  TASK_FIELDS,
  type TaskColumn,
} from '../task-fields';
import { TIME_ZONES } from '../search/time-zones';

/** A task with all that is stored of it but its version. */
export interface TransferredTask {
  readonly id: string;
  readonly fields: TaskFields;
  /** Undefined where the task is open, or nobody knows. */
  readonly completedAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const FIELDS = FIELD_NAMES.join(', ');
const FIRST_FIELD = 3;
const FIELD_ARRAYS = FIELD_NAMES.map((name, n) => `$${FIRST_FIELD + n}::${TASK_FIELDS[name]}[]`);
const TIMES = FIRST_FIELD + FIELD_NAMES.length;

const PAGE = `select ${TASK_COLUMNS.join(', ')}
  from tasks
  where user_id = $1 and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
  order by id
  limit $3::int`;

type MovedColumn = Exclude<TaskColumn, 'user_id' | 'version'>;
const MOVED_COLUMNS = TASK_COLUMNS.filter(
  (column): column is MovedColumn => column !== 'user_id' && column !== 'version',
);

const TRASH_COLUMNS = ['id', 'version', 'deleted_at', 'task'] as const;

/** [ids, …]: what has an id of a deleted task takes its place. */
const OUT_OF_TRASH = `with deleted as (
      delete from trash where user_id = $1 and id = any ($2::uuid[])
    )`;

/** Behind the columns of a row: each has a number of its own, in their order. */
const NUMBER = `${CHANGE_NUMBER} + n - 1`;
const numberOfEach = ([ids]: readonly unknown[]): number => (ids as readonly unknown[]).length;

/** Statements on all tasks of one user, for export, import and seed; `$1` is the owner. */
export const taskTransferStatements = {
  count: { name: 'transfer_count', text: 'select count(*) from tasks where user_id = $1' },
  /** [ids]: how many of them the user has. */
  there: {
    name: 'transfer_there',
    text: 'select count(*) from tasks where user_id = $1 and id = any ($2::uuid[])',
  },
  /** [id of the task before | null, limit]: oldest first; rows of TASK_COLUMNS. */
  page: { name: 'transfer_page', text: PAGE },
  /** The same, locked until the transaction ends. */
  lockedPage: { name: 'transfer_locked_page', text: `${PAGE} for update` },
  /** {@link movedValues}: every column as it was, but for the owner and the version. */
  moved: {
    name: 'transfer_moved',
    numbers: numberOfEach,
    text: `${OUT_OF_TRASH}
      insert into tasks (user_id, version, ${MOVED_COLUMNS.join(', ')})
      select $1::uuid, ${NUMBER}, ${MOVED_COLUMNS.join(', ')}
      from unnest(${MOVED_COLUMNS.map((column, n) => `$${n + 2}::${columnType(column)}[]`).join(', ')})
        with ordinality as task (${MOVED_COLUMNS.join(', ')}, n)
      on conflict (user_id, id) do nothing`,
  },
  /** [id of the row before | null, limit]: rows of TRASH_COLUMNS with their content, locked. */
  lockedTrash: {
    name: 'transfer_locked_trash',
    text: `select ${TRASH_COLUMNS.join(', ')}
      from trash
      where user_id = $1 and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
        and task is not null
      order by id
      limit $3::int
      for update`,
  },
  /** {@link movedTrashValues}: the numbers stay, which say when the tasks were deleted. */
  movedTrash: {
    name: 'transfer_moved_trash',
    // So that nobody restores one of them, or makes a task of the same id, meanwhile.
    numbers: 1,
    text: `insert into trash (user_id, ${TRASH_COLUMNS.join(', ')})
      select $1::uuid, ${TRASH_COLUMNS.join(', ')}
      from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::jsonb[])
        as deleted (${TRASH_COLUMNS.join(', ')})
      where not exists (select from tasks where user_id = $1 and tasks.id = deleted.id)
      on conflict (user_id, id) do nothing`,
  },
  /** Nothing where there is no such user. */
  user: { name: 'transfer_user', text: 'select id from users where id = $1' },
  /**
   * {@link transferValues}. A task that is there already stays as it is, so an import or a seed may
   * be repeated.
   */
  tasks: {
    name: 'transfer_tasks',
    numbers: numberOfEach,
    text: `${OUT_OF_TRASH}
      insert into tasks (user_id, id, ${FIELDS}, version, completed_at, created_at, updated_at)
      select $1::uuid, id, ${FIELDS}, ${NUMBER}, completed_at, created_at, updated_at
      from unnest(
        $2::uuid[], ${FIELD_ARRAYS.join(', ')},
        $${TIMES}::timestamptz(3)[], $${TIMES + 1}::timestamptz(3)[], $${TIMES + 2}::timestamptz(3)[]
      ) with ordinality as task (id, ${FIELDS}, completed_at, created_at, updated_at, n)
      on conflict (user_id, id) do nothing`,
  },
} as const satisfies Record<string, CompiledStatement>;

/** The parameters of `moved` behind the owner. @param rows of TASK_COLUMNS */
export function movedValues(rows: readonly Row[]): readonly unknown[] {
  return MOVED_COLUMNS.map((column) => rows.map((row) => row[positionOf(column)] ?? null));
}

/** The parameters of `movedTrash` behind the owner. @param rows of TRASH_COLUMNS */
export function movedTrashValues(rows: readonly Row[]): readonly unknown[] {
  return TRASH_COLUMNS.map((_, n) => rows.map((row) => row[n] ?? null));
}

/** Of nobody's tasks. */
export const timeZonesStatement: CompiledStatement = {
  name: 'transfer_time_zones',
  text: TIME_ZONES,
};

/** The parameters of `tasks` behind the owner: arrays of equal length. */
export function transferValues(tasks: readonly TransferredTask[]): readonly unknown[] {
  return [
    tasks.map(({ id }) => id),
    ...FIELD_NAMES.map((name) => tasks.map(({ fields }) => fieldValue(fields[name]))),
    tasks.map(({ completedAtMs: ms }) => (ms === undefined ? null : new Date(ms).toISOString())),
    tasks.map(({ createdAtMs }) => new Date(createdAtMs).toISOString()),
    tasks.map(({ updatedAtMs }) => new Date(updatedAtMs).toISOString()),
  ];
}
