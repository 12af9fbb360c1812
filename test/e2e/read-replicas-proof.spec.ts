import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ServedApplication } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { aCaller } from '../support/app/tokens';
import { urlOf } from '../support/database/connection-url';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { ReplicaProof } from '../support/faults/replica-proof';
import { readOutcomesOf, serveWithReplicas } from '../support/faults/replicas';
import { LARGE_PROOFS } from '../support/large-proofs';

const USERS = 4;
const ROUNDS = LARGE_PROOFS ? 100 : 6;
const ROUND_MS = 300;

let primary: FaultPostgres;
let replicas: readonly FaultPostgres[];
let app: ServedApplication;

beforeAll(async () => {
  primary = await FaultPostgres.create(true);
  replicas = [await primary.replicate(), await primary.replicate()];
  const urls = replicas.map(({ endpoint }) => urlOf(endpoint.api));
  app = await serveWithReplicas(primary, urls);
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

const callers = () => Promise.all(Array.from({ length: USERS }, () => aCaller()));
const servedByReplicas = () => readOutcomesOf(app).served;

/** Of processes that run, in clock ticks. */
const ticksOf = (server: FaultPostgres): number =>
  server.processes().reduce((sum, pid) => {
    const [, fields = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return sum + (user ?? 0) + (system ?? 0);
  }, 0);

const itInLargeProofs = LARGE_PROOFS ? it : it.skip;
// First, because the troubles end the processes that are measured.
itInLargeProofs(
  'Reads with a number cost the primary less than a third of what they cost without',
  async () => {
    const ada = await aCaller();
    const plain = await serveWithReplicas(primary, []);
    const send = (url: string, init: RequestInit) => {
      const headers = { Authorization: ada.authorization, 'Content-Type': 'application/json' };
      return fetch(`${url}/api/me/tasks`, { ...init, headers: { ...headers, ...init.headers } });
    };
    let after = '';
    for (let n = 0; n < 20; n += 1) {
      const body = JSON.stringify({ title: `Task ${n}` });
      after = String((await send(app.url, { method: 'POST', body })).headers.get('X-Read-After'));
    }
    const ways = {
      'without replicas': [plain.url, {}],
      'without a number': [app.url, {}],
      'with a number': [app.url, { 'X-Read-After': after }],
    } as const;
    const ticks = { 'without replicas': 0, 'without a number': 0, 'with a number': 0 };
    const elsewhere = { ...ticks };
    const ofReplicas = () => replicas.reduce((sum, replica) => sum + ticksOf(replica), 0);
    for (let round = 0; round < 13; round += 1) {
      for (const [way, [url, headers]] of Object.entries(ways)) {
        const [here, there] = [ticksOf(primary), ofReplicas()];
        for (let n = 0; n < 25; n += 1) {
          await Promise.all(Array.from({ length: 16 }, () => send(url, { headers })));
        }
        // The first round warms up.
        if (round === 0) continue;
        ticks[way as keyof typeof ticks] += ticksOf(primary) - here;
        elsewhere[way as keyof typeof ticks] += ofReplicas() - there;
      }
    }
    await plain.stop();
    console.info({ ticks, elsewhere });
    expect(ticks['with a number']).toBeLessThan(ticks['without a number'] / 3);
  },
  600_000,
);

it('Clients never read less than they have written and read, whatever happens to two replicas', async () => {
  const proof = new ReplicaProof(app.url, await callers());
  const before = servedByReplicas();
  const troubles = LARGE_PROOFS ? [...TROUBLES, ...LARGE_TROUBLES] : TROUBLES;
  const work = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await held();
      const [one, other = one] = round % 2 === 0 ? replicas : [...replicas].reverse();
      const cause = troubles[round % troubles.length] ?? pauseReplay;
      if (one !== undefined && other !== undefined)
        await Promise.all([cause(one), pauseReplay(other)]);
    }
    await eventually(() => proof.writes > ROUNDS && servedByReplicas() - before > ROUNDS);
  };

  const report = await proof.during(work());

  expect(report).toEqual({ stale: [], failures: [] });
  if (LARGE_PROOFS) {
    console.info({ reads: proof.reads, writes: proof.writes, served: servedByReplicas() - before });
  }
}, 600_000);

it('The proof finds what clients read too little who forget the number that they know', async () => {
  const proof = new ReplicaProof(app.url, await callers(), 'forgets');
  const before = servedByReplicas();
  const work = async (): Promise<void> => {
    // A replica answers only once it knows their accounts.
    await eventually(() => servedByReplicas() > before);
    await Promise.all(replicas.map((replica) => replica.query('select pg_wal_replay_pause()')));
    await eventually(() => proof.staleReads().length > 0);
    await Promise.all(replicas.map((replica) => replica.query('select pg_wal_replay_resume()')));
  };

  const { failures } = await proof.during(work());

  expect(failures).toEqual([]);
});
