import type { CompiledStatement } from '../../database/compiled-statement';
import { taskJson } from '../tasks.statements';

/** Statements on all tasks of one user, for export and import; `$1` is the owner. */
export const taskTransferStatements = {
  count: { name: 'transfer_count', text: 'select count(*) from tasks where user_id = $1' },
  /** [id of the task before | null, limit]: oldest first; rows of (id, task JSON). */
  page: {
    name: 'transfer_page',
    text:
      `select id, ${taskJson('tasks')} from tasks where user_id = $1` +
      ` and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')` +
      ' order by id limit $3::int',
  },
  /** Nothing where there is no such user. */
  user: { name: 'transfer_user', text: 'select id from users where id = $1' },
  /**
   * [ids, titles, descriptions, completed, created_at, updated_at]: arrays of equal length. A task
   * that is there already stays as it is, so an import may be repeated.
   */
  tasks: {
    name: 'transfer_tasks',
    text:
      'insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)' +
      ' select $1::uuid, id, title, description, completed, 1, created_at, updated_at' +
      ' from unnest($2::uuid[], $3::text[], $4::text[], $5::boolean[],' +
      ' $6::timestamptz(3)[], $7::timestamptz(3)[])' +
      ' as task (id, title, description, completed, created_at, updated_at)' +
      ' on conflict (user_id, id) do nothing',
  },
} as const satisfies Record<string, CompiledStatement>;
