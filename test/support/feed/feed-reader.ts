import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../app/tokens';
import type { HistoryClient } from '../faults/history-client';
import type { ChangesBody } from './changes';
import { FeedReplica } from './feed-replica';

/** What the token of a reader who is still among the first tasks ends with: the id of one. */
const AMONG_FIRST = /-[0-9a-f-]{36}$/;

interface Pace {
  readonly limit: number;
  readonly pauseMs: number;
}

/** A client who pages the changes of a user, and keeps a copy of the tasks by them. */
export class FeedReader {
  readonly replica = new FeedReplica();
  readonly breaches: string[] = [];
  readonly streams = 0;
  #after: string | undefined;
  #pages = 0;
  readonly #running: Promise<void>;
  #isStopping = false;

  constructor(
    private readonly client: HistoryClient,
    readonly caller: Caller,
    private readonly pace: Pace,
  ) {
    this.#running = this.#follow();
  }

  get pages(): number {
    return this.#pages;
  }

  /** The token of what it knows. */
  get token(): string | undefined {
    return this.#after;
  }

  /** Once nobody writes any more: reads what is left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #follow(): Promise<void> {
    let hasMore = true;
    // One page after the last write, whatever the page before has said.
    for (let isLast = false; hasMore || !isLast;) {
      isLast = this.#isStopping;
      hasMore = await this.#readPage();
      if (!isLast) await sleep(this.pace.pauseMs);
    }
  }

  async #readPage(): Promise<boolean> {
    const after = this.#after;
    const token = after === undefined ? '' : `&after=${after}`;
    const path = `/api/me/tasks/changes?limit=${this.pace.limit}${token}`;
    const { answer } = await this.client.settle(this.caller, { method: 'GET', path });
    if (answer.status !== 200) {
      this.breaches.push(`${path}: ${answer.status} ${answer.body}`);
      return false;
    }
    const { items, next, has_more: hasMore } = JSON.parse(answer.body) as ChangesBody;
    const ids = new Set(items.map(({ id }) => id));
    if (ids.size < items.length) this.breaches.push(`twice on a page: ${answer.body}`);
    const isFirst = after === undefined || AMONG_FIRST.test(after);
    for (const item of items) this.replica.apply(item, isFirst);
    this.#after = next;
    this.#pages += 1;
    return hasMore;
  }
}
