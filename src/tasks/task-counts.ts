import { Injectable } from '@nestjs/common';
import { ScopedPool } from '../database/scoped-pool';
import type { UserScope } from '../user-scope/user-scope';
import { OLDEST_CONTENT } from './deletion/trash-age';

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
   * Removes the content of what was deleted first. It locks the feed, as every write does.
   * @returns of how many: fewer where some have left the trash since they were counted
   */
  async emptyOldest(scope: UserScope, count: number): Promise<number> {
    const options = { isUrgent: true, numbers: 1 };
    const rows = await this.pool.run(scope, EMPTY_OLDEST, [String(count)], options);
    return rows.length;
  }
}
