import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../app/tokens';
import type { HistoryClient } from '../faults/history-client';
import type { ChangesBody } from './changes';
import { FeedReplica } from './feed-replica';
import { StreamFollower } from './stream-follower';

const PAUSE_MS = 10;
/** Some streams are cut before the first event, most of them amid one, a few after many. */
const LONGEST = 12_000;
/** Longer than a stream can sleep through what nobody told it. */
const PATIENCE_MS = 60_000;

/** A client who follows a user by streams that are cut at random, and keeps a copy of the tasks by them. */
export class FeedStream {
  readonly pages = 0;
  readonly #follower: StreamFollower;

  /**
   * @param after where it begins: now, where it is undefined
   * @param replica what it knows so far
   */
  constructor(
    private readonly client: HistoryClient,
    readonly caller: Caller,
    after?: string,
    readonly replica = new FeedReplica(),
  ) {
    this.#follower = new StreamFollower([client.url], caller, {
      after,
      pauseMs: PAUSE_MS,
      cutAfter: () => Math.ceil(Math.random() ** 2 * LONGEST),
      onChange: (change) => {
        replica.apply(change, false);
      },
    });
  }

  /** Waits until the first stream has begun, so that it misses nothing from now on. */
  async begun(): Promise<void> {
    while (this.#follower.position === undefined) await sleep(PAUSE_MS);
  }

  get breaches(): readonly string[] {
    return this.#follower.breaches;
  }

  get streams(): number {
    return this.#follower.streams;
  }

  get token(): string | undefined {
    return this.#follower.position;
  }

  /** Once nobody writes any more: waits until it knows what there is to know. */
  async stop(): Promise<void> {
    const since = performance.now();
    while (!(await this.#knowsAll())) {
      if (performance.now() > since + PATIENCE_MS) {
        this.#follower.breaches.push(`the stream of ${this.caller.userId} was not woken`);
        break;
      }
      await sleep(PAUSE_MS);
    }
    await this.#follower.stop();
  }

  async #knowsAll(): Promise<boolean> {
    const path = `/api/me/tasks/changes?limit=1&after=${this.token}`;
    const { answer } = await this.client.settle(this.caller, { method: 'GET', path });
    return answer.status === 200 && (JSON.parse(answer.body) as ChangesBody).items.length === 0;
  }
}
