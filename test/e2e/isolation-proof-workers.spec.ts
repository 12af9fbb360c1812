import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/app/eventually';
import { aCaller } from '../support/app/tokens';
import { HttpSender } from '../support/http/http-sender';
import { declareMatrix } from '../support/http/isolation-matrix';
import { expectStored, MixedLoad } from '../support/faults/mixed-load';
import { LARGE_PROOFS } from '../support/large-proofs';
import { TwoWorkers } from '../support/processes/two-workers';

const REQUESTS = LARGE_PROOFS ? 5_000 : 600;

let workers: TwoWorkers;
let sender: HttpSender;

beforeAll(async () => {
  workers = await TwoWorkers.start({ ISOLATION_INTERVAL: '1' });
  sender = new HttpSender(Number(workers.server.port), 64);
}, 60_000);
afterAll(async () => {
  sender.close();
  await workers.stop();
});

it('Fifty users at once, served by two workers, never see or touch foreign tasks', async () => {
  const options = { users: 50, requests: REQUESTS, concurrency: 64, seed: 5, faults: false };

  const { statuses, breaches, events, kept } = await MixedLoad.run(sender, options);

  expect(breaches).toEqual([]);
  expect(events).toBeGreaterThan(0);
  expect(Object.values(statuses).reduce((sum, count) => sum + count)).toBe(REQUESTS);
  await expectStored(workers.database, kept);
}, 120_000);

describe('isolation, for every operation on a user, served by two workers in turn', () => {
  declareMatrix(() => workers);
});

it('Both workers refuse requests while row-level security is gone, after looks of one process', async () => {
  const ada = await aCaller();
  /** Workers take new connections in turn. */
  const both = (status: number) =>
    eventually(async () => {
      const asked = [1, 2, 3, 4].map(() => workers.send('get', '/api/me/tasks', ada));
      return (await Promise.all(asked)).every((answer) => answer.status === status);
    });

  await workers.database.query('alter table tasks disable row level security');
  await both(503);
  await workers.database.query('alter table tasks enable row level security');
  await both(200);

  const lines = workers.server.banner.split('\n').filter((line) => line.includes('"Isolation"'));
  expect(lines.length).toBeGreaterThan(2);
  expect(new Set(lines.map((line) => (JSON.parse(line) as { pid: number }).pid)).size).toBe(1);
}, 60_000);
