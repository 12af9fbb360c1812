import type { TaskBody } from '../http/answers';
import type { FeedReplica } from './feed-replica';

interface Told {
  readonly userId: string;
  /** Undefined once it was deleted. */
  readonly task: TaskBody | undefined;
}

/** What writers were told: how each task is in the end, and in which order its states were written. */
export class FeedTruth {
  readonly #told = new Map<string, Told>();
  readonly #numbers = new Map<string, number>();
  readonly #states = new Map<string, string>();
  readonly #inDoubt = new Set<string>();
  readonly breaches: string[] = [];

  /** An acknowledged write, under the number that its ETag carries. */
  stored(task: TaskBody, number: number): void {
    const state = stateOf(task);
    this.#told.set(task.id, { userId: task.user_id, task });
    this.#numbers.set(state, number);
    const numbered = `${task.user_id} ${number}`;
    const other = this.#states.get(numbered);
    if (other !== undefined && other !== state) {
      this.breaches.push(`${numbered} is the number of ${other} and of ${state}`);
    }
    this.#states.set(numbered, state);
  }

  /** Several writes of the task were repeated: nobody was told of the states between. */
  passedOver(id: string): void {
    this.#inDoubt.add(id);
  }

  deleted(userId: string, id: string): void {
    this.#told.set(id, { userId, task: undefined });
  }

  /**
   * How a copy differs from what writers were told, once both have ended.
   * @param isFromStart whether its reader began before the first write, and so has to know what was deleted
   */
  breachesIn(userId: string, replica: FeedReplica, isFromStart: boolean): readonly string[] {
    const { tasks, deleted } = replica;
    const ofTasks = [...this.#told].flatMap(([id, told]) => {
      if (told.userId !== userId) return [];
      const seen = tasks.get(id);
      if (told.task === undefined) {
        if (seen !== undefined) return [`deleted, and still there: ${id}`];
        return isFromStart && !deleted.has(id) ? [`missing, and was deleted: ${id}`] : [];
      }
      if (seen === undefined) return [`missing: ${stateOf(told.task)}`];
      const isSame = JSON.stringify(seen) === JSON.stringify(told.task);
      return isSame ? [] : [`stale: ${stateOf(seen)} for ${stateOf(told.task)}`];
    });
    const unknown = [...tasks.keys()].filter((id) => this.#told.get(id)?.userId !== userId);
    return [...ofTasks, ...unknown.map((id) => `nobody wrote ${id}`), ...this.#disorderIn(replica)];
  }

  #disorderIn({ arrivals }: FeedReplica): readonly string[] {
    let last = 0;
    return arrivals.flatMap((task) => {
      const number = this.#numbers.get(stateOf(task));
      if (number === undefined) {
        return this.#inDoubt.has(task.id) ? [] : [`nobody was told of ${stateOf(task)}`];
      }
      const isLater = number > last;
      last = number;
      return isLater ? [] : [`out of order: ${stateOf(task)}`];
    });
  }
}

/** Each accepted write is later than the one before. */
function stateOf({ id, updated_at: at }: TaskBody): string {
  return `${id} of ${at}`;
}
