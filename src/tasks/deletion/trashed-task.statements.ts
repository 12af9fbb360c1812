import type { Repository } from 'typeorm';
import { columnType, TASK_COLUMNS, type TaskColumn } from '../task-fields';
import type { Task } from '../task.entity';
import { contentSince } from './expiry.statements';

type Expressions = Partial<Readonly<Record<TaskColumn, string>>>;

/** How SQL reads a task out of the trash. */
export interface TrashedTask {
  /** What a statement selects from: `trash`, and `stored`, the task in it. */
  readonly from: (trash: string) => string;
  /** An expression for each of TASK_COLUMNS; `others` replace stored values. */
  readonly columns: (others?: Expressions) => Readonly<Record<TaskColumn, string>>;
}

/**
 * The one place that reads a task back. A column that is newer than the row in the trash has the
 * default of the entity, as in a row of the table.
 */
export function trashedTask({ metadata, manager }: Repository<Task>): TrashedTask {
  const stored = (name: TaskColumn): string => {
    const column = metadata.findColumnWithDatabaseName(name);
    const fallback = column && manager.dataSource.driver.normalizeDefault(column);
    return fallback === undefined ? `stored.${name}` : `coalesce(stored.${name}, ${fallback})`;
  };
  const types = TASK_COLUMNS.map((name) => `${name} ${columnType(name)}`).join(', ');
  const expressions = Object.fromEntries(TASK_COLUMNS.map((name) => [name, stored(name)]));
  return {
    from: (trash) => `${trash} cross join lateral jsonb_to_record(trash.task) as stored (${types})`,
    columns: (others) => ({
      ...(expressions as Readonly<Record<TaskColumn, string>>),
      id: 'trash.id',
      user_id: 'trash.user_id',
      ...others,
    }),
  };
}

const COLUMNS = TASK_COLUMNS.join(', ');

/** No task gets the id of one in the trash. */
export const NOT_DELETED =
  'not exists (select from trash where user_id = :owner and id = :id::uuid)';

/**
 * The task with an id, live or in the trash; one whose content is erased has no id any more. `$1`
 * is the owner, `$2` the id.
 * @param days the parameter that is TRASH_DAYS
 */
export function madeTask({ from, columns }: TrashedTask, days: string): string {
  const hasContent = `trash.task is not null and trash.version >= ${contentSince(days)}`;
  const trashed = columns({ id: `case when ${hasContent} then trash.id end` });
  return `select ${COLUMNS} from tasks where user_id = $1 and id = $2
    union all
    select ${TASK_COLUMNS.map((column) => trashed[column]).join(', ')}
    from ${from('trash')}
    where trash.user_id = $1 and trash.id = $2`;
}
