import { positionSql } from '../../src/tasks/task-fields';

/**
 * The statements of the contestants that are written by hand: each a named one, prepared once per
 * connection, one round trip per request. pgbench runs the same texts without any server.
 */
const FIELDS =
  'id, user_id, title, description, completed, due, time_zone, recurrence, recurrence_from,' +
  ' priority, tags, parent_id,' +
  ` ${positionSql('tasks')} as position, completed_at, created_at, updated_at`;
const OWN_TASK = 'user_id = $1 and id = $2';
const TOUCH = 'version = version + 1, updated_at = now()';

export const STATEMENTS = {
  get: {
    name: 'get',
    text: `select ${FIELDS} from tasks where ${OWN_TASK}`,
  },
  /** [user, below id, limit] */
  list: {
    name: 'list',
    text: `select ${FIELDS} from tasks where user_id = $1 and id < $2 order by id desc limit $3`,
  },
  /** [user, id, title, description, completed, time] */
  create: {
    name: 'create',
    text:
      'insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)' +
      ` values ($1, $2, $3, $4, $5, 1, $6, $6) returning ${FIELDS}`,
  },
  /** [user, id, title, description, completed] */
  replace: {
    name: 'replace',
    text:
      `update tasks set title = $3, description = $4, completed = $5, ${TOUCH}` +
      ` where ${OWN_TASK} returning ${FIELDS}`,
  },
  /** [user, id, title | null, whether description is given, description, completed | null] */
  patch: {
    name: 'patch',
    text:
      'update tasks set title = coalesce($3, title),' +
      ' description = case when $4::boolean then $5 else description end,' +
      ` completed = coalesce($6, completed), ${TOUCH} where ${OWN_TASK} returning ${FIELDS}`,
  },
  toggle: {
    name: 'toggle',
    text: `update tasks set completed = not completed, ${TOUCH} where ${OWN_TASK} returning ${FIELDS}`,
  },
  delete: {
    name: 'delete',
    text: `delete from tasks where ${OWN_TASK}`,
  },
} as const;

/** Above every id: where a list without a cursor starts. */
export const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A row as pg hydrates it; `JSON.stringify` writes it as the API does. */
export interface TaskRow {
  readonly id: string;
  readonly user_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly completed: boolean;
  readonly due: string | null;
  readonly time_zone: string | null;
  readonly recurrence: string | null;
  readonly recurrence_from: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly parent_id: string | null;
  readonly position: string;
  readonly completed_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface TaskBody {
  readonly title: string;
  readonly description?: string | null;
  readonly completed?: boolean;
}

/** A page out of limit + 1 rows. */
export function pageOf(
  rows: readonly TaskRow[],
  limit: number,
): { items: readonly TaskRow[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items,
    next_cursor: last === undefined ? null : Buffer.from(last.id).toString('base64url'),
  };
}

export function startOf(cursor: string | null | undefined): string {
  return cursor == null ? HIGHEST_ID : Buffer.from(cursor, 'base64url').toString();
}
