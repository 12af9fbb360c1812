import type { Repository } from 'typeorm';
import { columnType, TASK_COLUMNS, type TaskColumn } from '../task-fields';
import type { Task } from '../task.entity';

type Expressions = Partial<Readonly<Record<TaskColumn, string>>>;

/** How SQL reads a task out of the trash. */
export interface TrashedTask {
  /** What a statement selects from: `trash`, and `stored`, the task in it. */
  readonly from: (trash: string) => string;
  /** An expression for each of TASK_COLUMNS; `others` take the place of what is stored. */
  readonly columns: (others?: Expressions) => Readonly<Record<TaskColumn, string>>;
}

/**
 * The one place that knows how a task is read back. A column that is younger than the row in the
 * trash has the default of the entity, as it has in a row of the table itself.
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
