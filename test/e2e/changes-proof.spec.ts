import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FeedProof } from '../support/feed/feed-proof';
import { slowCommits, unlockFeeds } from '../support/feed/unlocked-feed';
import { LARGE_PROOFS } from '../support/large-proofs';
import { TwoWorkers } from '../support/processes/two-workers';
import { describeWith } from '../support/requirements';

const WRITES = LARGE_PROOFS ? 20_000 : 300;

let workers: TwoWorkers;

beforeAll(async () => {
  // The isolation is looked at when they start, and not once this file has changed the tables.
  workers = await TwoWorkers.start({ ISOLATION_INTERVAL: '3600' });
  await slowCommits(workers.database);
}, 60_000);
afterAll(() => workers.stop());

async function prove(writes: number) {
  const proof = await FeedProof.begin({ port: Number(workers.server.port) });
  await proof.writers.acknowledge(writes / 2);
  proof.join();
  await proof.writers.acknowledge(writes / 2);
  return proof.end();
}

it('Readers of changes and of streams miss nothing that sixteen writers do on two workers, and keep the order', async () => {
  const { breaches, writes, pages, streams } = await prove(WRITES);

  expect(breaches).toEqual([]);
  expect(writes).toBeGreaterThanOrEqual(WRITES);
  expect(pages).toBeGreaterThan(WRITES / 10);
  expect(streams).toBeGreaterThan(WRITES / 20);
}, 300_000);

// The last one: nothing repairs the feeds.
describeWith('oneDatabase', 'A feed that no write locks', () => {
  it('is found to make its readers miss some', async () => {
    await unlockFeeds(workers.database);

    // Whether two writes overtake each other is chance; that some do in the end is certain.
    let missed: readonly string[] = [];
    while (missed.length === 0) {
      const { breaches } = await prove(200);
      expect(breaches.filter((breach) => /: 5\d\d/.test(breach))).toEqual([]);
      missed = breaches.filter((breach) => /^(?:missing|stale)/.test(breach));
    }
  }, 300_000);
});
