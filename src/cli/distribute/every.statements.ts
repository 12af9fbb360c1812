import { CHANGES_STATEMENTS } from '../../changes/changes.statements';
import { type CompiledStatement, withFollowers } from '../../database/compiled-statement';
import type { Repositories } from '../../database/citus/statement-plans';
import { FEED_MARK_STATEMENTS } from '../../events/feed-marks.statements';
import { orderStatements } from '../../tasks/order/task-order.statements';
import { repliesStatements } from '../../tasks/replies/replies';
import { COUNT_UP_TO, EMPTY_OLDEST } from '../../tasks/task-quota';
import { Task } from '../../tasks/task.entity';
import { tasksStatements } from '../../tasks/tasks.statements';
import { TASKS_SUMMARY } from '../../tasks/tasks.summary';
import { taskTransferStatements } from '../../tasks/transfer/task-transfer.statements';
import { TrashedTask } from '../../trash/trashed-task.entity';
import { countedPage, trashStatements } from '../../trash/trash.statements';
import { accountStatements } from '../../users/account.statements';
import { User } from '../../users/user.entity';
import { deleteUserStatement, usersStatements } from '../../users/users.statements';

/** What the statements are composed from. */
export const ENTITIES = [User, Task, TrashedTask];

/** What requests and commands run under the scope of a user, but for searches, which are composed as asked. */
export function everyStatement(source: Repositories): readonly CompiledStatement[] {
  const [tasks, users] = [source.getRepository(Task), source.getRepository(User)];
  const trash = trashStatements(tasks);
  return [
    tasksStatements(tasks),
    orderStatements(tasks),
    trash,
    usersStatements(users),
    accountStatements,
    FEED_MARK_STATEMENTS,
    CHANGES_STATEMENTS,
    repliesStatements,
    taskTransferStatements,
    Object.entries({
      user_delete: deleteUserStatement(users),
      trash_counted: countedPage(trash),
      tasks_summary: TASKS_SUMMARY,
      tasks_count: COUNT_UP_TO,
      trash_empty_oldest: EMPTY_OLDEST,
    }).map(([name, text]) => ({ name, text })),
  ].flatMap((group) => withFollowers(Object.fromEntries(Object.entries(group))));
}
