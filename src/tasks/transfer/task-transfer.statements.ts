import { CHANGE_NUMBER, type CompiledStatement, type Row } from '../../database/compiled-statement';
import type { TaskFields } from '../dto/write-task.dto';
import {
  columnType,
  FIELD_NAMES,
  fieldValue,
  indexOf,
  TASK_COLUMNS,
  TASK_FIELDS,
  type TaskColumn,
} from '../task-fields';
import { TIME_ZONES } from '../search/time-zones';
import { TREE_LEVELS_MAX } from '../task.entity';
import { LATER } from '../writes/written-columns';

/** A task with all that is stored of it but its version. */
export interface TransferredTask {
  readonly id: string;
  readonly fields: TaskFields;
  /** Undefined where the task is open, or nobody knows. */
  readonly completedAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Where a move had put it, in the order of the user who exported it. */
  readonly position?: string | null;
}

const FIELDS = FIELD_NAMES.join(', ');
const FIRST_FIELD = 3;
const FIELD_ARRAYS = FIELD_NAMES.map((name, n) => `$${FIRST_FIELD + n}::${TASK_FIELDS[name]}[]`);
const TIMESTAMPS = 'completed_at, created_at, updated_at';
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

/** Its own, unless another task has it. */
const OWN_POSITION = `case
        when task.position is not null
          and row_number() over (partition by task.position order by n) = 1
          and not exists (
            select from tasks where tasks.user_id = $1 and tasks.position = task.position
          )
        then task.position
      end`;

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
      select $1::uuid, ${NUMBER},
        ${MOVED_COLUMNS.map((column) => (column === 'position' ? OWN_POSITION : column)).join(', ')}
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
      insert into tasks (user_id, id, ${FIELDS}, version, position, ${TIMESTAMPS})
      select $1::uuid, id, ${FIELDS}, ${NUMBER}, ${OWN_POSITION}, ${TIMESTAMPS}
      from unnest(
        $2::uuid[], ${FIELD_ARRAYS.join(', ')},
        $${TIMES}::timestamptz(3)[], $${TIMES + 1}::timestamptz(3)[], $${TIMES + 2}::timestamptz(3)[],
        $${TIMES + 3}::text[]
      ) with ordinality as task (id, ${FIELDS}, ${TIMESTAMPS}, position, n)
      on conflict (user_id, id) do nothing`,
  },
  /**
   * [ids]: those of them whose parent is nowhere, not even in the trash, or that are in a circle or too
   * deep, lose their parent. Parents may come in any order, so it is for the end of an import.
   */
  settled: {
    name: 'transfer_settled',
    numbers: numberOfEach,
    text: `with recursive rooted (id, level) as (
        select id, 1 + (parent_id is not null)::int
        from tasks as top
        where top.user_id = $1 and (
          parent_id is null or (
            not exists (
              select from tasks as parent where parent.user_id = $1 and parent.id = top.parent_id
            )
            and exists (
              select from trash where user_id = $1 and trash.id = top.parent_id and task is not null
            )
          )
        )
        union all
        select below.id, rooted.level + 1
        from rooted join tasks as below on below.user_id = $1 and below.parent_id = rooted.id
        where rooted.level < ${TREE_LEVELS_MAX}
      )
      update tasks set parent_id = null, version = ${NUMBER}, updated_at = ${LATER}
      from unnest($2::uuid[]) with ordinality as imported (id, n)
      where tasks.user_id = $1 and tasks.id = imported.id and parent_id is not null
        and imported.id not in (select id from rooted)`,
  },
} as const satisfies Record<string, CompiledStatement>;

/** The parameters of `moved` behind the owner. @param rows of TASK_COLUMNS */
export function movedValues(rows: readonly Row[]): readonly unknown[] {
  return MOVED_COLUMNS.map((column) => rows.map((row) => row[indexOf(column)] ?? null));
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
    tasks.map(({ position = null }) => position),
  ];
}
