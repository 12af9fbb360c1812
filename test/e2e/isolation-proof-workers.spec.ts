import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { HttpSender } from '../support/http/http-sender';
import { expectStored, MixedLoad } from '../support/faults/mixed-load';
import { TwoWorkers } from '../support/processes/two-workers';

const REQUESTS = 5_000;

let workers: TwoWorkers;
let sender: HttpSender;

beforeAll(async () => {
  workers = await TwoWorkers.start();
  sender = new HttpSender(Number(workers.server.port), 64);
}, 60_000);
afterAll(async () => {
  sender.close();
  await workers.stop();
});

it('Fifty users at once, served by two workers, never see or touch what is not theirs', async () => {
  const options = { users: 50, requests: REQUESTS, concurrency: 64, seed: 5, faults: false };

  const { statuses, breaches, kept } = await MixedLoad.run(sender, options);

  expect(breaches).toEqual([]);
  expect(Object.values(statuses).reduce((sum, count) => sum + count)).toBe(REQUESTS);
  await expectStored(workers.database, kept);
}, 120_000);
