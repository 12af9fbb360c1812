import { Injectable } from '@nestjs/common';
import type { HangUp } from '../tasks/pages/page-reader';
import { LOWEST_ID } from '../tasks/tasks.statements';
import type { UserScope } from '../user-scope/user-scope';
import { ChangesRepository, type StoredChange } from './changes.repository';
import {
  encodeSyncToken,
  feedOfNobody,
  type Feed,
  type FeedPosition,
  isGood,
  parseSyncToken,
  type SentToken,
} from './sync-token';

export interface Change extends Pick<StoredChange, 'id' | 'json' | 'isDeleted'> {
  /** The position of a reader that has read up to this change. */
  readonly token: () => string;
}

export interface ChangesPage {
  readonly items: readonly Change[];
  /** The token of the next page. */
  readonly next: string;
  /** Whether there may be more now. */
  readonly hasMore: boolean;
}

export interface PageOptions {
  readonly limit: number;
  readonly hangUp?: HangUp | undefined;
}

/** Reads the feed of a user by tokens: first all tasks, then the changes. */
@Injectable()
export class ChangesReader {
  constructor(private readonly changes: ChangesRepository) {}

  /** A token of now: everything written later comes after it, and nothing that exists already. */
  async now(scope: UserScope): Promise<string> {
    const feed = await this.changes.begin(scope);
    return encodeSyncToken(feed, endOf(feed));
  }

  /**
   * @param after undefined to begin with the existing tasks
   * @returns undefined if the token is invalid or has expired; never without a token
   */
  async read(
    scope: UserScope,
    after: string | undefined,
    options: PageOptions,
  ): Promise<ChangesPage | undefined> {
    if (after !== undefined) return this.#readBehind(scope, after, options);
    const newest = scope.readingNewest();
    const page = await this.#readBehind(newest, await this.#begin(newest), options);
    // Created or erased in between: this is the page of the moment without an account.
    return page ?? this.#pageOfChanges(feedOfNobody(scope.userId), [], options.limit);
  }

  async #readBehind(
    scope: UserScope,
    after: string,
    options: PageOptions,
  ): Promise<ChangesPage | undefined> {
    const token = parseSyncToken(after);
    if (token === undefined) return undefined;
    // An older replica would end the page before it.
    const reading = scope.includingChange(token.number);
    return token.taskId === undefined
      ? this.#changes(reading, token, options)
      : this.#tasks(reading, { ...token, taskId: token.taskId }, options);
  }

  /**
   * For a reader that started before the account existed: every change is new to it, while `read`
   * refuses the token of a missing account from then on.
   */
  async readFirst(scope: UserScope, { limit, hangUp }: PageOptions): Promise<ChangesPage> {
    const reading = { limit: limit + 1, hangUp };
    const { feed, changes } = await this.changes.listSince(scope, 0, reading);
    return this.#pageOfChanges(feed ?? feedOfNobody(scope.userId), changes, limit);
  }

  /** Before the first task. Without an account there is none. */
  async #begin(scope: UserScope): Promise<string> {
    const feed = await this.changes.begin(scope);
    const taskId = feed.since === 0 ? undefined : LOWEST_ID;
    return encodeSyncToken(feed, { ...endOf(feed), taskId });
  }

  /** Tasks written meanwhile come as changes, since their numbers are later. */
  async #tasks(
    scope: UserScope,
    token: SentToken & { readonly taskId: string },
    { limit, hangUp }: PageOptions,
  ): Promise<ChangesPage | undefined> {
    const reading = { limit: limit + 1, hangUp };
    const { feed, changes } = await this.changes.listTasks(scope, token.taskId, reading);
    if (feed === undefined || !isGood(token, feed)) return undefined;
    const { number, readAt } = token;
    const behind = ({ id }: StoredChange): FeedPosition => ({ number, readAt, taskId: id });
    const { items, last } = pageOf(feed, changes, limit, behind);
    return {
      items,
      next: encodeSyncToken(feed, last ?? { number, readAt }),
      hasMore: last !== undefined || feed.lastChange > number,
    };
  }

  async #changes(
    scope: UserScope,
    token: SentToken,
    { limit, hangUp }: PageOptions,
  ): Promise<ChangesPage | undefined> {
    const reading = { limit: limit + 1, hangUp };
    const { feed, changes } = await this.changes.listSince(scope, token.number, reading);
    if (feed === undefined || !isGood(token, feed)) return undefined;
    return this.#pageOfChanges(feed, changes, limit);
  }

  #pageOfChanges(feed: Feed, changes: readonly StoredChange[], limit: number): ChangesPage {
    // Tombstones that follow may be as old as this change, and expire as early.
    const behind = ({ number }: StoredChange): FeedPosition => ({ number, readAt: number });
    const { items, last } = pageOf(feed, changes, limit, behind);
    return {
      items,
      next: encodeSyncToken(feed, last ?? endOf(feed)),
      hasMore: last !== undefined,
    };
  }
}

function endOf({ lastChange, now }: Feed): FeedPosition {
  return { number: lastChange, readAt: now };
}

/** @returns `last`: where the next page begins, if there is one */
function pageOf(
  feed: Feed,
  changes: readonly StoredChange[],
  limit: number,
  behind: (change: StoredChange) => FeedPosition,
): { readonly items: readonly Change[]; readonly last: FeedPosition | undefined } {
  const page = changes.slice(0, limit);
  const items = page.map((change) => ({
    id: change.id,
    json: change.json,
    isDeleted: change.isDeleted,
    token: () => encodeSyncToken(feed, behind(change)),
  }));
  const lastOfPage = page.at(-1);
  const hasMore = changes.length > limit && lastOfPage !== undefined;
  return { items, last: hasMore ? behind(lastOfPage) : undefined };
}
