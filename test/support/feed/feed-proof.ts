import { aCaller, type Caller } from '../app/tokens';
import { HistoryClient } from '../faults/history-client';
import { FeedReader } from './feed-reader';
import type { FeedReplica } from './feed-replica';
import { FeedStream } from './feed-stream';
import { FeedTruth } from './feed-truth';
import { FeedWriters } from './feed-writers';

const WRITERS = 16;
const USERS = 4;

export interface FeedProofReport {
  /** What must never happen, in words. */
  readonly breaches: readonly string[];
  readonly writes: number;
  readonly pages: number;
  /** How many streams clients have begun: each was cut, and gone on with. */
  readonly streams: number;
  /** Requests that were answered with 503, and repeated. */
  readonly refusals: number;
  /** What each reader came to know last. */
  readonly tokens: readonly (readonly [Caller, string])[];
}

/** A client who keeps a copy of a user's tasks. */
interface Follower {
  readonly caller: Caller;
  readonly replica: FeedReplica;
  readonly breaches: readonly string[];
  readonly token: string | undefined;
  readonly pages: number;
  readonly streams: number;
  readonly stop: () => Promise<void>;
}

/**
 * Sixteen clients who write the tasks of four users, and others who follow them: by the changes, and by
 * streams that are cut at random.
 */
export class FeedProof {
  readonly #late: Promise<Follower>[] = [];
  readonly writers: FeedWriters;

  private constructor(
    private readonly client: HistoryClient,
    private readonly truth: FeedTruth,
    private readonly users: readonly Caller[],
    private readonly early: readonly (FeedReader | FeedStream)[],
  ) {
    const callers = Array.from({ length: WRITERS }, (_, n) => users[n % users.length]);
    this.writers = new FeedWriters(
      client,
      truth,
      callers.flatMap((caller) => caller ?? []),
    );
  }

  static async begin({ port }: { readonly port: number }): Promise<FeedProof> {
    const client = new HistoryClient(port, WRITERS + 4 * USERS);
    const users = await Promise.all(Array.from({ length: USERS }, () => aCaller()));
    await Promise.all(
      users.map((caller) => client.settle(caller, { method: 'POST', path: '/api/users' })),
    );
    const early = users.flatMap((caller) => [
      new FeedReader(client, caller, { limit: 7, pauseMs: 0 }),
      new FeedReader(client, caller, { limit: 50, pauseMs: 5 }),
      new FeedReader(client, caller, { limit: 200, pauseMs: 40 }),
    ]);
    const streams = users.flatMap((caller) => [
      new FeedStream(client, caller),
      new FeedStream(client, caller),
    ]);
    await Promise.all(streams.map((stream) => stream.begun()));
    return new FeedProof(client, new FeedTruth(), users, [...early, ...streams]);
  }

  /** Clients who begin while there are tasks, and others are being written. */
  join(): void {
    for (const caller of this.users) {
      const begin = (): FeedReader =>
        new FeedReader(this.client, caller, { limit: 20, pauseMs: 0 });
      this.#late.push(Promise.resolve(begin()), this.#goOnByStream(begin()));
    }
  }

  async end(): Promise<FeedProofReport> {
    await this.writers.stop();
    const late = await Promise.all(this.#late);
    const readers: readonly Follower[] = [...this.early, ...late];
    await Promise.all(readers.map((reader) => reader.stop()));
    this.client.close();
    const differences = readers.flatMap(({ caller, replica, breaches }) => [
      ...breaches,
      ...this.truth.breachesIn(
        caller.userId,
        replica,
        this.early.some((r) => r.replica === replica),
      ),
    ]);
    return {
      breaches: [...this.client.breaches, ...this.truth.breaches, ...differences],
      writes: this.writers.acknowledged,
      pages: readers.reduce((sum, { pages }) => sum + pages, 0),
      streams: readers.reduce((sum, { streams }) => sum + streams, 0),
      refusals: this.client.counts['5xx'],
      tokens: readers.flatMap(({ caller, token }) =>
        token === undefined ? [] : [[caller, token]],
      ),
    };
  }

  /** From the tasks that are there to the events, as a front end does. */
  async #goOnByStream(reader: FeedReader): Promise<Follower> {
    await reader.stop();
    const { caller, token, replica, breaches } = reader;
    const stream = new FeedStream(this.client, caller, token, replica);
    return breaches.length > 0 ? reader : stream;
  }
}
