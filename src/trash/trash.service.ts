import { Injectable } from '@nestjs/common';
import { ProblemError } from '../problems/problem-error';
import type { ListedTasks, ListOptions, StoredTask } from '../tasks/tasks.service';
import type { UserScope } from '../user-scope/user-scope';
import type { ListTrashQuery } from './dto/list-trash.query';
import { decodeTrashCursor, encodeTrashCursor } from './trash-cursor';
import { TrashRepository } from './trash.repository';

@Injectable()
export class TrashService {
  constructor(private readonly trash: TrashRepository) {}

  async list(
    scope: UserScope,
    { limit, cursor }: ListTrashQuery,
    { count, hangUp }: ListOptions,
  ): Promise<ListedTasks> {
    const { userId } = scope;
    const before = cursor === undefined ? undefined : decodeTrashCursor(userId, cursor);
    const { items, last, total } = await this.trash.list(scope, { before, limit, count }, hangUp);
    const nextCursor = last?.key == null ? null : encodeTrashCursor(userId, last.key);
    return { items, nextCursor, total };
  }

  /** @throws ProblemError `task-not-found` */
  async restore(scope: UserScope, id: string): Promise<StoredTask> {
    const row = await this.trash.restore(scope, id);
    if (row?.json == null) throw new ProblemError('task-not-found');
    return { json: row.json, version: row.version };
  }

  /** @throws ProblemError `task-not-found` */
  async purge(scope: UserScope, id: string): Promise<void> {
    if (!(await this.trash.purge(scope, id))) throw new ProblemError('task-not-found');
  }
}
