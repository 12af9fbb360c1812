import type { CompiledStatement } from '../../database/compiled-statement';
import type { TaskFields } from '../dto/write-task.dto';
import { FIELD_NAMES, TASK_COLUMNS, TASK_FIELDS } from '../task-fields';

/** A task with all that is stored of it but its version. */
export interface TransferredTask {
  readonly id: string;
  readonly fields: TaskFields;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const FIELDS = FIELD_NAMES.join(', ');
const FIRST_FIELD = 3;
const FIELD_ARRAYS = FIELD_NAMES.map((name, n) => `$${FIRST_FIELD + n}::${TASK_FIELDS[name]}[]`);
const CREATED_AT = FIRST_FIELD + FIELD_NAMES.length;

/** Statements on all tasks of one user, for export, import and seed; `$1` is the owner. */
export const taskTransferStatements = {
  count: { name: 'transfer_count', text: 'select count(*) from tasks where user_id = $1' },
  /** [id of the task before | null, limit]: oldest first; rows of TASK_COLUMNS. */
  page: {
    name: 'transfer_page',
    text: `select ${TASK_COLUMNS.join(', ')}
      from tasks
      where user_id = $1 and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
      order by id
      limit $3::int`,
  },
  /** Nothing where there is no such user. */
  user: { name: 'transfer_user', text: 'select id from users where id = $1' },
  /**
   * {@link transferValues}. A task that is there already stays as it is, so an import or a seed may
   * be repeated.
   */
  tasks: {
    name: 'transfer_tasks',
    text: `insert into tasks (user_id, id, ${FIELDS}, version, created_at, updated_at)
      select $1::uuid, id, ${FIELDS}, 1, created_at, updated_at
      from unnest(
        $2::uuid[], ${FIELD_ARRAYS.join(', ')},
        $${CREATED_AT}::timestamptz(3)[], $${CREATED_AT + 1}::timestamptz(3)[]
      ) as task (id, ${FIELDS}, created_at, updated_at)
      on conflict (user_id, id) do nothing`,
  },
} as const satisfies Record<string, CompiledStatement>;

/** The parameters of `tasks` behind the owner: arrays of equal length. */
export function transferValues(tasks: readonly TransferredTask[]): readonly unknown[] {
  return [
    tasks.map(({ id }) => id),
    ...FIELD_NAMES.map((name) => tasks.map(({ fields }) => fields[name])),
    tasks.map(({ createdAtMs }) => new Date(createdAtMs).toISOString()),
    tasks.map(({ updatedAtMs }) => new Date(updatedAtMs).toISOString()),
  ];
}
