import { aCaller, type Caller } from '../app/tokens';
import { HistoryClient } from '../faults/history-client';
import { FeedReader } from './feed-reader';
import { FeedTruth } from './feed-truth';
import { FeedWriters } from './feed-writers';

const WRITERS = 16;
const USERS = 4;

export interface FeedProofReport {
  /** What must never happen, in words. */
  readonly breaches: readonly string[];
  readonly writes: number;
  readonly pages: number;
  /** Requests that were answered with 503, and repeated. */
  readonly refusals: number;
  /** What each reader came to know last. */
  readonly tokens: readonly (readonly [Caller, string])[];
}

/** Sixteen clients who write the tasks of four users, and others who follow them by the changes. */
export class FeedProof {
  readonly #late: FeedReader[] = [];
  readonly writers: FeedWriters;

  private constructor(
    private readonly client: HistoryClient,
    private readonly truth: FeedTruth,
    private readonly users: readonly Caller[],
    private readonly early: readonly FeedReader[],
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
    return new FeedProof(client, new FeedTruth(), users, early);
  }

  /** Readers who begin while there are tasks, and others are being written. */
  join(): void {
    for (const caller of this.users) {
      this.#late.push(new FeedReader(this.client, caller, { limit: 20, pauseMs: 0 }));
    }
  }

  async end(): Promise<FeedProofReport> {
    await this.writers.stop();
    const readers = [...this.early, ...this.#late];
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
      refusals: this.client.counts['5xx'],
      tokens: readers.flatMap(({ caller, token }) =>
        token === undefined ? [] : [[caller, token]],
      ),
    };
  }
}
