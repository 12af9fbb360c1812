import type { InsertQueryBuilder, Repository, UpdateQueryBuilder } from 'typeorm';
import { CHANGE_NUMBER } from '../../database/compiled-statement';
import { FIELD_NAMES, TASK_COLUMNS, TASK_FIELDS } from '../task-fields';
import type { Task } from '../task.entity';
import { LATER } from './written-columns';

/** Which task a write is of. */
const OWNED = 'userId = :owner and id = :id';

/** The parameters of a create, in their order behind the owner. */
export const CREATE = ['id', ...FIELD_NAMES, 'at'];

/** What a new task has in each column. */
const INSERTED: Readonly<Record<string, string>> = {
  user_id: 'feed.user_id',
  id: ':id::uuid',
  ...Object.fromEntries(FIELD_NAMES.map((name) => [name, `:${name}::${TASK_FIELDS[name]}`])),
  position: 'null::text',
  version: CHANGE_NUMBER,
  completed_at: 'case when :completed::boolean then :at::timestamptz(3) end',
  created_at: ':at::timestamptz(3)',
  updated_at: ':at::timestamptz(3)',
};

/**
 * Nothing where the owner has no row yet, and so no feed. The foreign key would refuse that, too, but as an
 * error, which PostgreSQL logs and which undoes all that shares the batch.
 *
 * The feed, which is there and locked, says whose the task is: so Citus runs the whole statement on one
 * worker, provided that the table has another name in it.
 */
export function insertTask(
  tasks: Repository<Task>,
): (condition?: string) => InsertQueryBuilder<Task> {
  const values = tasks.metadata.columns.map(({ databaseName }) => String(INSERTED[databaseName]));
  return (condition = 'true') =>
    tasks
      .createQueryBuilder('task')
      .insert()
      .valuesFromSelect((query) =>
        query.from('feeds', 'feed').select(values).where(`feed.user_id = :owner and ${condition}`),
      )
      .returning(shownColumns(tasks));
}

/** An accepted write is always later than the one before, also within a millisecond. */
export function updateTask(
  tasks: Repository<Task>,
  changes: Readonly<Record<string, string>>,
): UpdateQueryBuilder<Task> {
  return tasks
    .createQueryBuilder()
    .update()
    .set({
      ...Object.fromEntries(
        Object.entries(changes).map(([column, text]) => [propertyOf(tasks, column), () => text]),
      ),
      version: () => CHANGE_NUMBER,
      updatedAt: () => LATER,
    })
    .where(OWNED)
    .returning(shownColumns(tasks));
}

/** TASK_COLUMNS, as the query builder names them. */
export function shownColumns(tasks: Repository<Task>): string[] {
  return TASK_COLUMNS.map((name) => propertyOf(tasks, name));
}

function propertyOf({ metadata }: Repository<Task>, column: string): string {
  return metadata.findColumnWithDatabaseName(column)?.propertyPath ?? column;
}
