import { Injectable } from '@nestjs/common';
import { ProblemError } from '../problems/problem-error';
import type { PageQuery } from '../tasks/dto/page.query';
import { Replies, type Replayable, type WrittenTask } from '../tasks/replies/replies';
import { opaqueCursor, positionIn } from '../tasks/pages/task-page';
import type { ListedTasks, ListOptions } from '../tasks/tasks.service';
import type { UserScope } from '../user-scope/user-scope';
import { TrashRepository } from './trash.repository';

const NUMBER = /^[1-9]\d{0,18}$/;
const LARGEST_BIGINT = 2n ** 63n - 1n;

/** @param number of the deletion that is the last one of a page */
export function encodeTrashCursor(userId: string, number: string): string {
  return opaqueCursor([userId, 'trash'], [number]);
}

/**
 * Reads a cursor, strictly: only the very text that `encodeTrashCursor` writes for this user passes.
 * @throws ProblemError `invalid-cursor`
 */
function decodeTrashCursor(userId: string, cursor: string): string {
  const [number] = positionIn(cursor);
  const isNumber = typeof number === 'string' && NUMBER.test(number);
  if (isNumber && BigInt(number) <= LARGEST_BIGINT && encodeTrashCursor(userId, number) === cursor)
    return number;
  throw new ProblemError('invalid-cursor');
}

@Injectable()
export class TrashService {
  constructor(
    private readonly trash: TrashRepository,
    private readonly replies: Replies,
  ) {}

  async list(
    scope: UserScope,
    { limit, cursor }: PageQuery,
    { count, hangUp }: ListOptions,
  ): Promise<ListedTasks> {
    const { userId } = scope;
    const before = cursor === undefined ? undefined : decodeTrashCursor(userId, cursor);
    const { items, last, total } = await this.trash.list(scope, { before, limit, count }, hangUp);
    const nextCursor = last?.key == null ? null : encodeTrashCursor(userId, last.key);
    return { items, nextCursor, total };
  }

  /**
   * @param key the Idempotency-Key
   * @throws ProblemError `task-not-found`
   */
  async restore(scope: UserScope, id: string, key: string | undefined): Promise<WrittenTask> {
    return this.replies.once<WrittenTask>(
      scope,
      { key, request: { operation: 'restore', taskId: id }, taskId: id, status: 200 },
      {
        write: async (keyed) => {
          const row = await this.trash.restore(scope, id, keyed);
          if (row?.json == null) throw new ProblemError('task-not-found');
          return { json: row.json, version: row.version, replayed: false };
        },
        repeat: (reply) => this.replies.taskOf(scope, reply),
      },
    );
  }

  /**
   * @param key the Idempotency-Key
   * @throws ProblemError `task-not-found`
   */
  async purge(scope: UserScope, id: string, key: string | undefined): Promise<Replayable> {
    return this.replies.once<Replayable>(
      scope,
      { key, request: { operation: 'purge', taskId: id }, taskId: id, status: 204 },
      {
        write: async (keyed) => {
          const isPurged = await this.trash.purge(scope, id, keyed);
          if (!isPurged) throw new ProblemError('task-not-found');
          return { replayed: false };
        },
        repeat: () => ({ replayed: true }),
      },
    );
  }
}
