import { Injectable } from '@nestjs/common';
import { FeedWatch } from '../database/database-use';
import { ChangeAnnouncer } from '../database/notifications/change-announcer';
import { EVERYBODY } from '../database/notifications/change-channel';
import { ChangeListener } from '../database/notifications/change-listener';
import type { UserScope } from '../user-scope/user-scope';
import type { EventStream } from './event-stream';
import { FeedMarksRepository } from './feed-marks.repository';
import { WatchedFeed } from './watched-feed';

/** What woke a stream; `upkeep` found a change without a notification. */
export const WAKE_UP_CAUSES = ['process', 'notification', 'upkeep'] as const;
export type WakeUpCause = (typeof WAKE_UP_CAUSES)[number];

/**
 * The feeds that this process has streams of, and how their streams learn of a change: from this process
 * at once, also before there is a feed; from other processes by a notification; and, where that is lost
 * or cannot be heard, from the feed itself.
 */
@Injectable()
export class WatchedFeeds {
  readonly #feeds = new Map<string, WatchedFeed>();
  readonly #wakeUps: Record<WakeUpCause, number> = { process: 0, notification: 0, upkeep: 0 };

  constructor(
    watch: FeedWatch,
    private readonly announcer: ChangeAnnouncer,
    private readonly listener: ChangeListener,
    private readonly marks: FeedMarksRepository,
  ) {
    watch.onChange((userId, isWatched) => {
      this.#wake(userId, 'process');
      if (isWatched) this.announcer.announce(userId);
    });
  }

  /** How many users have streams here. */
  get size(): number {
    return this.#feeds.size;
  }

  /** How often feeds were woken since the start. */
  get wakeUps(): Readonly<Record<WakeUpCause, number>> {
    return this.#wakeUps;
  }

  streamsOf({ userId }: UserScope): number {
    return this.#feeds.get(userId)?.streams.size ?? 0;
  }

  /** From now on the stream is woken. */
  add(scope: UserScope, stream: EventStream): WatchedFeed {
    let feed = this.#feeds.get(scope.userId);
    if (feed === undefined) {
      const { isPossible: isTold } = this.listener;
      const onMissed = (): void => void (this.#wakeUps.upkeep += 1);
      feed = new WatchedFeed(scope, this.marks, { isTold, onMissed });
      this.#feeds.set(scope.userId, feed);
    }
    feed.streams.add(stream);
    this.listener.listen(this.#ears);
    return feed;
  }

  remove({ userId }: UserScope, stream: EventStream): void {
    const feed = this.#feeds.get(userId);
    feed?.streams.delete(stream);
    if (feed?.streams.size !== 0) return;
    feed.close();
    this.#feeds.delete(userId);
    if (this.#feeds.size === 0) this.listener.rest();
  }

  readonly #ears = {
    onHeard: (userIds: readonly string[]): void => {
      const woken = userIds.includes(EVERYBODY) ? this.#feeds.keys() : userIds;
      for (const userId of woken) this.#wake(userId, 'notification');
    },
    onListening: (): void => {
      for (const feed of this.#feeds.values()) void feed.renew();
    },
  };

  #wake(userId: string, waker: WakeUpCause): void {
    const feed = this.#feeds.get(userId);
    if (feed === undefined) return;
    this.#wakeUps[waker] += 1;
    feed.wake();
  }
}
