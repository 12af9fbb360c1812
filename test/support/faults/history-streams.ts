import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../app/tokens';
import { FeedReplica } from '../feed/feed-replica';
import { StreamFollower } from '../feed/stream-follower';

const PAUSE_MS = 100;
/** Longer than a stream can sleep through what nobody told it. */
const PATIENCE_MS = 45_000;

/** What a client was told of its tasks. */
interface Told {
  readonly caller: Caller;
  readonly tasks: ReadonlyMap<string, { readonly title: string }>;
  readonly deleted: readonly string[];
}

interface Follower {
  readonly caller: Caller;
  readonly replica: FeedReplica;
  readonly stream: StreamFollower;
}

/** Clients who follow a history by a stream, and come back to it whatever happens. */
export class HistoryStreams {
  private constructor(private readonly followers: readonly Follower[]) {}

  /** One for each user. Each has begun, so that it misses nothing from now on. */
  static async begin(url: string, callers: readonly Caller[]): Promise<HistoryStreams> {
    const followers = callers.map((caller) => {
      const replica = new FeedReplica();
      const stream = new StreamFollower([url], caller, {
        pauseMs: PAUSE_MS,
        onChange: (change) => {
          replica.apply(change, false);
        },
      });
      return { caller, replica, stream };
    });
    for (const { stream } of followers) {
      while (stream.position === undefined) await sleep(PAUSE_MS);
    }
    return new HistoryStreams(followers);
  }

  /** Ends them once every acknowledged write has arrived. @returns what has not, and what must not have */
  async end(clients: readonly Told[]): Promise<readonly string[]> {
    const since = performance.now();
    const missing = (): readonly string[] =>
      this.followers.flatMap((each) => missingOf(each, clients));
    while (missing().length > 0 && performance.now() < since + PATIENCE_MS) await sleep(PAUSE_MS);
    const breaches = missing();
    await Promise.all(this.followers.map(({ stream }) => stream.stop()));
    return [
      ...breaches,
      ...this.followers.flatMap(({ stream }) => stream.breaches),
      ...this.followers.flatMap(foreignTo),
    ];
  }
}

function missingOf({ caller, replica }: Follower, clients: readonly Told[]): readonly string[] {
  return clients
    .filter(({ caller: { userId } }) => userId === caller.userId)
    .flatMap(({ tasks, deleted }) => [
      ...[...tasks]
        .filter(([id, { title }]) => replica.tasks.get(id)?.title !== title)
        .map(([id, { title }]) => `no stream brought ${id} as ${title}`),
      ...deleted.filter((id) => !replica.deleted.has(id)).map((id) => `no stream deleted ${id}`),
    ]);
}

function foreignTo({ caller: { userId }, replica }: Follower): readonly string[] {
  return replica.arrivals
    .filter((task) => task.user_id !== userId || !task.title.startsWith(`of ${userId} `))
    .map((task) => `a stream of ${userId} brought ${JSON.stringify(task)}`);
}
