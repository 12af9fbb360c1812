import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { FaultHarness } from '../support/faults/fault-harness';
import { FeedProof } from '../support/feed/feed-proof';
import { LARGE_PROOFS } from '../support/large-proofs';

jest.setTimeout(180_000);

const ROUNDS = LARGE_PROOFS ? 5 : 2;
const WRITES = 300;

let rig: FaultHarness;

beforeAll(async () => {
  rig = await FaultHarness.start({ WORKERS: '2' });
});
afterAll(() => rig.stop());

it('F24: PostgreSQL is killed while clients follow the changes: they miss nothing', async () => {
  const proof = await FeedProof.begin(rig.server);
  await proof.writers.acknowledge(WRITES);
  for (let round = 0; round < ROUNDS; round += 1) {
    await rig.postgres.stop('kill');
    await rig.postgres.start();
    proof.join();
    await proof.writers.acknowledge(WRITES);
  }
  const { breaches, refusals, tokens } = await proof.end();
  expect(breaches).toEqual([]);
  expect(refusals).toBeGreaterThan(0);

  const status = async ([caller, token]: (typeof tokens)[number]) =>
    (await rig.server.request(caller, `/api/me/tasks/changes?after=${token}`)).status;
  const statuses = async () => new Set(await Promise.all(tokens.map(status)));
  expect(await statuses()).toEqual(new Set([200]));

  // As after a restore.
  await rig.postgres.query('truncate feeds');
  expect(await statuses()).toEqual(new Set([410]));
  for (const [caller] of tokens) {
    const init = { method: 'POST', body: '{"title":"afterwards"}' };
    expect((await rig.server.request(caller, '/api/me/tasks', init)).status).toBe(201);
  }
  expect(await statuses()).toEqual(new Set([410]));
});
