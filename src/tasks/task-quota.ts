import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { ScopedPool } from '../database/pool/scoped-pool';
import { RecentValues } from '../memory/recent-values';
import { ProblemError } from '../problems/problem-error';
import type { UserScope } from '../user-scope/user-scope';
import { OLDEST_CONTENT } from './deletion/expiry.statements';

/** [most]: how many tasks there are, and how many in the trash, each counted no further than to `most`. */
export const COUNT_UP_TO = `select
    (select count(*) from (select from tasks where user_id = $1 limit $2::int) counted),
    (select count(*) from (
      select from trash where user_id = $1 and task is not null limit $2::int
    ) counted)`;

/** [how many]: a row for each that was emptied. They stand for deleted tasks still, and have no content any more. */
export const EMPTY_OLDEST = `update trash set task = null
  where user_id = $1 and task is not null and version <= (
    select max(version) from (
      select version from trash
      where user_id = $1 and task is not null
      order by ${OLDEST_CONTENT}
      limit $2::int
    ) oldest
  )
  returning id`;

export interface TaskCount {
  readonly tasks: number;
  readonly trashed: number;
}

/** How much a user has stored: it costs O(that), so it runs on the pool. */
@Injectable()
export class TaskCounts {
  constructor(private readonly pool: ScopedPool) {}

  /** Each is counted no further than to `most`. */
  async countUpTo(scope: UserScope, most: number): Promise<TaskCount> {
    const [row] = await this.pool.run(scope, COUNT_UP_TO, [String(most)], { isUrgent: true });
    return { tasks: Number(row?.[0]), trashed: Number(row?.[1]) };
  }

  /**
   * Erases the oldest content of the trash. It locks the feed, as every write does.
   * @returns how many: fewer if some have left the trash since they were counted
   */
  async emptyOldest(scope: UserScope, count: number): Promise<number> {
    const options = { isUrgent: true, numbers: 1 };
    const rows = await this.pool.run(scope, EMPTY_OLDEST, [String(count)], options);
    return rows.length;
  }
}

/** What a process knows of one user. */
interface Room {
  /** Creates that may begin before the next count. */
  left: number;
  /** Creates that have begun, and that a count may miss. */
  pending: number;
  /** Whether the user has reached the limit of tasks. */
  look: Promise<boolean> | undefined;
  onIdle: () => void;
}

/** The fraction of the limit by which completing tasks that recur may exceed it. */
const GRACE = 1 / 10;
/** Counts on the way to the limit. Another process may add what lies between two of them. */
const LOOKS = 20;
const REMEMBERED = { keepMs: 10 * 60_000, most: 20_000 };

/**
 * Keeps MAX_TASKS_PER_USER without a statement for each create: a process counts the tasks before
 * the first create of a user, and again after each twentieth of the limit. One process never
 * exceeds the limit; each further one may add a twentieth (docs/decisions/0022-quota-of-tasks.md).
 * The trash counts, too: rather than refuse a create, it loses the content of what was deleted first.
 */
@Injectable()
export class TaskQuota {
  readonly #limit: number;
  readonly #workers: number;
  readonly #rooms = new RecentValues<Room>(REMEMBERED);
  readonly #graceRooms = new RecentValues<Room>(REMEMBERED);

  constructor(
    private readonly counts: TaskCounts,
    @Inject(ENV) { maxTasksPerUser, workers }: Env,
  ) {
    this.#limit = maxTasksPerUser;
    this.#workers = workers;
  }

  /**
   * Runs a create if there is room for one more task.
   * @throws ProblemError `task-limit-reached`
   */
  async within<Result>(scope: UserScope, create: () => Promise<Result>): Promise<Result> {
    if (this.#limit === 0) return create();
    const room = this.#rooms.obtain(scope.userId, noRoom);
    const refusal = `A user may have ${this.#limit} tasks. Delete some, then create the task again.`;
    return this.#run(scope, create, { room, limit: this.#limit, refusal });
  }

  /**
   * Runs a write that may create the successor of a task. Users do not expect a completion to fail,
   * so it may exceed the limit by a part.
   * @throws ProblemError `task-limit-reached`
   */
  async withinGrace<Result>(scope: UserScope, write: () => Promise<Result>): Promise<Result> {
    if (this.#limit === 0) return write();
    const room = this.#graceRooms.obtain(scope.userId, noRoom);
    const refusal = `A user may have ${this.#limit} tasks, and a tenth more by completing tasks that recur. Delete some, then complete the task again.`;
    return this.#run(scope, write, { room, limit: Math.ceil(this.#limit * (1 + GRACE)), refusal });
  }

  async #run<Result>(
    scope: UserScope,
    write: () => Promise<Result>,
    { room, limit, refusal }: { room: Room; limit: number; refusal: string },
  ): Promise<Result> {
    while (room.left === 0) {
      room.look ??= this.#look(scope, room, limit);
      if (await room.look) {
        throw new ProblemError('task-limit-reached', { detail: refusal });
      }
    }
    room.left -= 1;
    room.pending += 1;
    return write().finally(() => {
      room.pending -= 1;
      if (room.pending === 0) room.onIdle();
    });
  }

  async #look(scope: UserScope, room: Room, limit: number): Promise<boolean> {
    try {
      // None begins meanwhile, so all that have begun are counted.
      if (room.pending > 0) await new Promise<void>((resolve) => (room.onIdle = resolve));
      const { tasks, trashed } = await this.counts.countUpTo(scope, limit);
      const left = limit - tasks;
      const share = left > 0 ? this.#share(left) : 0;
      const lacking = share - (left - trashed);
      const emptied =
        share > 0 && lacking > 0 ? await this.counts.emptyOldest(scope, lacking) : lacking;
      // Tasks restored meanwhile still take room; the next count includes them.
      room.left = Math.max(0, share - Math.max(0, lacking - emptied));
      return left <= 0;
    } finally {
      room.look = undefined;
    }
  }

  /** Workers do not know of each other, so each gets a part of the rest. */
  #share(left: number): number {
    const step = Math.max(1, Math.floor(this.#limit / LOOKS / this.#workers));
    return Math.min(step, Math.ceil(left / this.#workers));
  }
}

function noRoom(): Room {
  return { left: 0, pending: 0, look: undefined, onIdle: () => undefined };
}

export function isLimitReached(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'task-limit-reached';
}
