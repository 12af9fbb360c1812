import { Injectable } from '@nestjs/common';
import { type CompiledStatement, type Row, rfc3339 } from '../database/compiled-statement';
import { Lanes } from '../database/lanes/lanes';
import { type HangUp, PageReader } from '../tasks/pages/page-reader';
import { indexOf, TASK_COLUMNS, taskJson } from '../tasks/task-fields';
import type { UserScope } from '../user-scope/user-scope';
import { CHANGES_STATEMENTS } from './changes.statements';
import { type Feed, feedOfNobody } from './sync-token';

/** A task in its newest state, or the tombstone of one. */
export interface StoredChange {
  readonly number: number;
  readonly id: string;
  readonly json: string;
  readonly isDeleted: boolean;
}

/** Changes, and the feed as the same snapshot shows it. */
export interface ChangesOfFeed {
  /** Undefined for an account that has written nothing yet, or whose feed was emptied. */
  readonly feed: Feed | undefined;
  readonly changes: readonly StoredChange[];
}

export interface ChangesReading {
  /** One more than the page: it shows whether there is another page. */
  readonly limit: number;
  readonly hangUp?: HangUp | undefined;
}

/** The changes of the tasks of one user. */
@Injectable()
export class ChangesRepository {
  readonly #statements = CHANGES_STATEMENTS;

  constructor(
    private readonly lanes: Lanes,
    private readonly pages: PageReader,
  ) {
    lanes.register(this.#statements);
  }

  /** The current feed: everything up to its last number is committed. */
  async begin(scope: UserScope): Promise<Feed> {
    const { feed, begin } = this.#statements;
    const found = (await this.#feed(scope, feed)) ?? (await this.#feed(scope, begin));
    // An account that another request has made just now has no feed either.
    return found ?? feedOfNobody(scope.userId);
  }

  /** The existing tasks, in the order of their ids. */
  listTasks(scope: UserScope, aboveId: string, reading: ChangesReading): Promise<ChangesOfFeed> {
    return this.#read(scope, 'tasks', aboveId, reading);
  }

  /** All changes with a later number, in order; each task once, in its current state. */
  listSince(scope: UserScope, number: number, reading: ChangesReading): Promise<ChangesOfFeed> {
    return this.#read(scope, 'since', String(number), reading);
  }

  async #feed(scope: UserScope, statement: CompiledStatement): Promise<Feed | undefined> {
    const [row] = await this.lanes.run(scope, statement, []);
    return row === undefined ? feedOfNobody(scope.userId) : feedOf(scope, row);
  }

  async #read(
    scope: UserScope,
    name: 'tasks' | 'since',
    from: string,
    { limit, hangUp }: ChangesReading,
  ): Promise<ChangesOfFeed> {
    const values = [from, String(limit)];
    const rows = await this.pages.readByKey(scope, this.#statements[name], values, {
      limit,
      hangUp,
    });
    const [first] = rows;
    return {
      feed: first === undefined ? feedOfNobody(scope.userId) : feedOf(scope, first.slice(FEED)),
      changes: rows.filter((row) => row[ID] !== null).map(changeOf),
    };
  }
}

const ID = indexOf('id');
const VERSION = indexOf('version');
const DELETED_AT = TASK_COLUMNS.length;
const FEED = DELETED_AT + 1;

function changeOf(row: Row): StoredChange {
  const deletedAt = row[DELETED_AT];
  const id = row[ID] ?? '';
  const isDeleted = deletedAt != null;
  return {
    number: Number(row[VERSION]),
    id,
    json: isDeleted ? `{"id":"${id}","deleted_at":"${rfc3339(deletedAt)}"}` : taskJson(row),
    isDeleted,
  };
}

function feedOf({ userId }: UserScope, [since, lastChange, now]: Row): Feed | undefined {
  if (since == null) return undefined;
  return { userId, since: Number(since), lastChange: Number(lastChange), now: Number(now) };
}
