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
  /** What a reader that has come as far as this change goes on from. */
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

/** Reads the feed of a user by tokens: first all tasks, and from then on what has changed. */
@Injectable()
export class ChangesReader {
  constructor(private readonly changes: ChangesRepository) {}

  /** A token of now: nothing that is there already comes after it, and everything that is written later. */
  async now(scope: UserScope): Promise<string> {
    const feed = await this.changes.begin(scope);
    return encodeSyncToken(feed, endOf(feed));
  }

  /**
   * @param after undefined to begin with the tasks that are there
   * @returns undefined where the token is not good, or no longer; never without a token
   */
  async read(
    scope: UserScope,
    after: string | undefined,
    options: PageOptions,
  ): Promise<ChangesPage | undefined> {
    if (after !== undefined) return this.#readBehind(scope, after, options);
    const newest = scope.readingNewest();
    const page = await this.#readBehind(newest, await this.#begin(newest), options);
    // Made or erased in between: there was a moment without an account, and this is its page.
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
   * For a reader that has been there since before there was an account: every change is news, while
   * `read` refuses the token of nobody from then on.
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

  /** What is written meanwhile comes as a change, since its number is later. */
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
    // Deletions that follow may be as old as this change, and so may go as early.
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
