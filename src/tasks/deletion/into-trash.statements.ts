import { CHANGE_NUMBER, type CompiledStatement } from '../../database/compiled-statement';

const STORED = 'tasks.user_id = $1 and tasks.id = $2';
const IF_VERSIONS = 'and tasks.version = any ($3::bigint[])';

/** @param days the parameter that is TRASH_DAYS */
const intoTrash = (
  days: string,
  condition = '',
): string => `insert into trash as tombstone (user_id, id, version, deleted_at, task)
  select tasks.user_id, tasks.id, ${CHANGE_NUMBER}, now(),
    case when ${days}::int > 0 then to_jsonb(tasks) end
  from tasks
  where ${STORED} ${condition}
  on conflict (user_id, id) do update
    set version = excluded.version, deleted_at = excluded.deleted_at, task = excluded.task
  returning tombstone.id, tombstone.version`;

/**
 * Deletions copy a task into the trash and then delete it; no write comes in between, because the
 * feed is locked. The row in the trash stands for the task: its version is the number of the
 * deletion. `$1` is the owner; rows of (id, number).
 */
export const DELETION_STATEMENTS = {
  /** [id, TRASH_DAYS] */
  delete: {
    name: 'task_delete',
    numbers: 1,
    text: intoTrash('$3'),
    followedBy: { name: 'task_remove', takes: 1, text: `delete from tasks where ${STORED}` },
  },
  /** [id, versions, TRASH_DAYS]: no row either where the stored version is none of them. */
  deleteIf: {
    name: 'task_delete_if',
    numbers: 1,
    text: intoTrash('$4', IF_VERSIONS),
    followedBy: {
      name: 'task_remove_if',
      takes: 2,
      text: `delete from tasks where ${STORED} ${IF_VERSIONS}`,
    },
  },
} as const satisfies Record<string, CompiledStatement>;
