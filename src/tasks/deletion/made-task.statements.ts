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
