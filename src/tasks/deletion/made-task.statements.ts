import { TASK_COLUMNS } from '../task-fields';
import { contentSince } from './trash-age';
import type { TrashedTask } from './trashed-task.statements';

const COLUMNS = TASK_COLUMNS.join(', ');

/** No task gets the id of one that is in the trash. */
export const NOT_DELETED =
  'not exists (select from trash where user_id = :owner and id = :id::uuid)';

/**
 * The task of an id, whether it is there or in the trash; one whose content has gone has no id any
 * more. `$1` is the owner, `$2` the id.
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

/** Of a create under a parent. */
export const IS_FITTING = '(select fault from verdict) is null';

/**
 * A create that may be repeated: the new task, or the one that was made under its id before. One more
 * column says whether the task was written.
 * @param insert one that does nothing where the id is there already; the query builder knows no UNION
 * @param fault a ParentFault, in SQL, which keeps the insert from being made; it is in a last column
 */
export function createOnce(insert: string, made: string, fault?: string): string {
  const [verdict, faultColumn] =
    fault === undefined
      ? ['', '']
      : [`verdict as (select ${fault} as fault), `, ', (select fault from verdict)'];
  return `with ${verdict}written as (${insert}), made as (${made})
    select ${TASK_COLUMNS.map((column) => `found.${column}`).join(', ')}, found.written${faultColumn}
    from users left join (
      select ${COLUMNS}, true as written from written
      union all
      select ${COLUMNS}, false from made where not exists (select from written)
    ) found on true
    where users.id = $1`;
}
