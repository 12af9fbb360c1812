import { Injectable } from '@nestjs/common';
import type { CompiledStatement } from '../database/compiled-statement';
import { Lanes } from '../database/lanes/lanes';
import type { UserScope } from '../user-scope/user-scope';
import { FEED_MARK_STATEMENTS } from './feed-marks.statements';

/** Whether a feed is watched is a mark in its row, which lapses unless it is renewed. */
@Injectable()
export class FeedMarksRepository {
  constructor(private readonly lanes: Lanes) {
    lanes.register(FEED_MARK_STATEMENTS);
  }

  /**
   * Marks the feed: from now on, each write notifies other processes.
   * @returns the number of the last change; undefined where there is no feed
   */
  mark(scope: UserScope): Promise<number | undefined> {
    return this.#lastChange(scope, FEED_MARK_STATEMENTS.mark);
  }

  /** The same, without the mark: it only reads. */
  look(scope: UserScope): Promise<number | undefined> {
    return this.#lastChange(scope, FEED_MARK_STATEMENTS.look);
  }

  async #lastChange(scope: UserScope, statement: CompiledStatement): Promise<number | undefined> {
    const [row] = await this.lanes.run(scope, statement, []);
    return row?.[0] == null ? undefined : Number(row[0]);
  }
}
