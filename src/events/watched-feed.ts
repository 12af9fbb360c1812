import type { UserScope } from '../user-scope/user-scope';
import type { EventStream } from './event-stream';
import type { FeedMarksRepository } from './feed-marks.repository';

/** How often the mark is renewed, and each stream shows that it is alive. */
const UPKEEP_MS = 25_000;
/** How often a feed is read if no notification comes. */
const LOOK_MS = 2_000;

export interface FeedNews {
  /** Whether other processes can notify this one of their writes. */
  readonly isTold: boolean;
  /** Called for each stream that was behind although nobody had woken it. */
  readonly onMissed: () => void;
}

/** The feed of one user, as long as this process has streams of it. */
export class WatchedFeed {
  readonly streams = new Set<EventStream>();
  #exists = false;
  #isClosed = false;
  #looks: NodeJS.Timeout | undefined;
  readonly #upkeep: NodeJS.Timeout;

  constructor(
    private readonly scope: UserScope,
    private readonly marks: FeedMarksRepository,
    private readonly news: FeedNews,
  ) {
    this.#upkeep = setInterval(() => {
      for (const stream of this.streams) stream.pulse();
      void this.renew();
    }, UPKEEP_MS).unref();
  }

  /** Marks the feed as watched. */
  async mark(): Promise<void> {
    this.#note(await this.marks.mark(this.scope));
  }

  wake(): void {
    for (const stream of this.streams) stream.wake();
  }

  /** Renews the mark, and wakes the streams that have missed something. */
  renew(): Promise<void> {
    return this.#wakeThoseBehind(this.marks.mark(this.scope));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#upkeep);
    clearInterval(this.#looks);
  }

  /** A feed that does not exist yet has no mark: no notification comes of its first change. */
  #look(): Promise<void> {
    return this.#exists
      ? this.#wakeThoseBehind(this.marks.look(this.scope))
      : this.#wakeThoseBehind(this.marks.mark(this.scope));
  }

  async #wakeThoseBehind(asked: Promise<number | undefined>): Promise<void> {
    let lastChange: number | undefined;
    try {
      lastChange = await asked;
    } catch {
      // The next attempt suffices: the streams know their positions.
      return;
    }
    this.#note(lastChange);
    for (const stream of this.streams) {
      if (!stream.isBehind(lastChange)) continue;
      this.news.onMissed();
      stream.wake();
    }
  }

  #note(lastChange: number | undefined): void {
    if (this.#isClosed) return;
    this.#exists = lastChange !== undefined;
    if (this.#exists && this.news.isTold) {
      clearInterval(this.#looks);
      this.#looks = undefined;
    } else {
      this.#looks ??= setInterval(() => void this.#look(), LOOK_MS).unref();
    }
  }
}
