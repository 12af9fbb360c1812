import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Replicas } from '../../src/database/replicas/replicas';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { PATIENT_WAITS } from '../support/app/patient-waits';
import { aCaller } from '../support/app/tokens';
import { urlOf } from '../support/database/connection-url';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { type Memory, ReplicaProof } from '../support/faults/replica-proof';
import { LARGE_PROOFS } from '../support/large-proofs';

const USERS = 4;
const ROUNDS = LARGE_PROOFS ? 100 : 6;
const ROUND_MS = 300;
/** A third of them holds at a replica. */
const WAITS = { ...PATIENT_WAITS, forLaneAnswer: 3_000, forAnswer: 6_000 };

let primary: FaultPostgres;
let replicas: readonly FaultPostgres[];
let app: ServedApplication;

beforeAll(async () => {
  primary = await FaultPostgres.create(true);
  replicas = [await primary.replicate(), await primary.replicate()];
  app = await serveAt(
    { ...primary.endpoint, waits: WAITS },
    {
      ...primary.variables(),
      DATABASE_REPLICA_URLS: replicas.map(({ endpoint }) => urlOf(endpoint.api)).join(),
    },
  );
});
afterAll(async () => {
  await app.stop();
  for (const server of [...replicas, primary]) await server.remove();
});

type Trouble = (replica: FaultPostgres) => Promise<void>;
const held = () => sleep(ROUND_MS * Math.random());
/** Each ends as it began. */
const pauseReplay: Trouble = async (replica) => {
  await replica.query('select pg_wal_replay_pause()');
  await held();
  await replica.query('select pg_wal_replay_resume()');
};
const TROUBLES: readonly Trouble[] = [pauseReplay, (replica) => replica.terminateBackends()];
const LARGE_TROUBLES: readonly Trouble[] = [
  async (replica) => {
    replica.freeze(replica.processes());
    await held();
    replica.thaw();
  },
  async (replica) => {
    await replica.stop('kill');
    await held();
    await replica.start();
  },
];

async function prove(memory: Memory) {
  const callers = await Promise.all(Array.from({ length: USERS }, () => aCaller()));
  const proof = new ReplicaProof(app.url, callers, memory);
  const troubles = LARGE_PROOFS ? [...TROUBLES, ...LARGE_TROUBLES] : TROUBLES;
  const work = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await held();
      const [one, other = one] = round % 2 === 0 ? replicas : [...replicas].reverse();
      const cause = troubles[round % troubles.length] ?? pauseReplay;
      if (one !== undefined && other !== undefined)
        await Promise.all([cause(one), pauseReplay(other)]);
    }
  };
  const before = { ...app.nest.get(Replicas).outcomes };
  const report = await proof.during(work());
  return { ...report, served: app.nest.get(Replicas).outcomes.served - before.served };
}

it('Clients never read less than they have written and read, whatever happens to two replicas', async () => {
  const { stale, failures, reads, writes, served } = await prove('remembers');

  expect(failures).toEqual([]);
  expect(stale).toEqual([]);
  expect(writes).toBeGreaterThan(ROUNDS * 2);
  expect(served).toBeGreaterThan(ROUNDS * 2);
  if (LARGE_PROOFS) console.info({ reads, writes, served });
}, 600_000);

it('Clients who forget the number that they know are found to read less', async () => {
  const { stale, failures } = await prove('forgets');

  expect(failures).toEqual([]);
  expect(stale).not.toEqual([]);
}, 600_000);
