import type { TaskBody } from '../http/answers';
import { type ChangeBody, isDeleted } from './changes';

/** The copy of a user's tasks that a reader keeps by what the feed brings. */
export class FeedReplica {
  readonly tasks = new Map<string, TaskBody>();
  readonly deleted = new Set<string>();
  /** The states of tasks that came as changes, in their order. */
  readonly arrivals: TaskBody[] = [];

  /** @param isFirst whether it is one of the tasks that a reader begins with: these have another order */
  apply(change: ChangeBody, isFirst: boolean): void {
    if (isDeleted(change)) {
      this.tasks.delete(change.id);
      this.deleted.add(change.id);
      return;
    }
    this.tasks.set(change.id, change);
    this.deleted.delete(change.id);
    if (!isFirst) this.arrivals.push(change);
  }
}
