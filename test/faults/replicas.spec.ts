import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { Replicas } from '../../src/database/replicas/replicas';
import { migrate } from '../../src/database/schema/migrate';
import { serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { PATIENT_WAITS } from '../support/app/patient-waits';
import { aCaller } from '../support/app/tokens';
import { urlOf } from '../support/database/connection-url';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { FaultServer } from '../support/faults/fault-server';
import { ReplicaProof } from '../support/faults/replica-proof';
import { valueOf } from '../support/http/exposition';
import { freePort } from '../support/processes/free-port';
import { answering } from '../support/processes/worker-server';

jest.setTimeout(120_000);

const ROUNDS = 20;

let primary: FaultPostgres;
let replica: FaultPostgres;
let variables: Readonly<Record<string, string>>;

beforeAll(async () => {
  primary = await FaultPostgres.create();
  await migrate(primary.endpoint.owner);
  replica = await primary.replicate();
  variables = { ...primary.variables(), DATABASE_REPLICA_URLS: urlOf(replica.endpoint.api) };
});
afterAll(async () => {
  await replica.remove();
  await primary.remove();
});

it('Two workers never show a client less than it has written and read', async () => {
  const ADMIN_PORT = String(await freePort());
  const workers = { WORKERS: '2', LOG_LEVEL: 'debug', ADMIN_PORT };
  const server = await FaultServer.at(primary, { ...variables, ...workers });
  await server.start();
  const callers = await Promise.all(Array.from({ length: 4 }, () => aCaller()));
  const proof = new ReplicaProof(`http://127.0.0.1:${server.port}`, callers);
  const work = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await replica.query('select pg_wal_replay_pause()');
      await sleep(300 * Math.random());
      await replica.query('select pg_wal_replay_resume()');
    }
  };

  const { stale, failures } = await proof.during(work());
  const { reads, writes } = proof;
  const metrics = await (await fetch(`http://127.0.0.1:${ADMIN_PORT}/metrics`)).text();
  const served = valueOf(metrics, 'task_api_replica_reads_total', { outcome: 'served' });
  await server.remove();

  expect({ stale, failures }).toEqual({ stale: [], failures: [] });
  expect(answering(server.process)).toHaveLength(2);
  expect(Math.min(served, writes)).toBeGreaterThan(ROUNDS);
  console.info({ reads, writes, served });
});

describe('A replica that cancels reads for the sake of its replay', () => {
  const CONFLICTS = [
    {
      what: 'rows that vacuum has removed',
      causes: [`update tasks set completed = not completed where title = 'task 1'`, 'vacuum tasks'],
      detail: 'User query might have needed to see row versions that must be removed',
    },
    {
      what: 'a lock of the whole table',
      causes: ['begin; lock table tasks in access exclusive mode; commit'],
      detail: 'User was holding a relation lock for too long',
    },
  ];
  const ofApi = `application_name = 'task-api'`;
  /** What asks it to replay may itself be cancelled by that. */
  const replay = (how: 'pause' | 'resume') =>
    replica.query(`select pg_wal_replay_${how}()`).catch(() => []);

  it.each(CONFLICTS)('costs no answer: $what', async ({ causes, detail }) => {
    const { userId, authorization } = await aCaller();
    const app = await serveAt({ ...primary.endpoint, waits: PATIENT_WAITS }, variables);
    const send = (path: string) =>
      request(app.url).get(path).set({ Authorization: authorization, 'X-Read-After': '0' });
    await request(app.url)
      .post('/api/me/tasks')
      .set('Authorization', authorization)
      .send({ title: 'task 0' });
    await primary.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select '${userId}', gen_random_uuid(), 'task ' || n, false, 1, now(), now()
       from generate_series(1, 100000) n`,
    );
    await replica.query('alter system set max_standby_streaming_delay = 0');
    await replica.query('select pg_reload_conf()');
    const { outcomes } = app.nest.get(Replicas);

    // Until a search was slow enough to meet the replay.
    while (!replica.logged(detail) || outcomes.failed === 0) {
      await replay('pause');
      for (const cause of causes) await primary.query(cause);
      let isOver = false;
      const search = send('/api/me/tasks?q=absent').then((answer) => {
        isOver = true;
        return answer;
      });
      await eventually(async () => {
        const active = `select from pg_stat_activity where state = 'active' and ${ofApi}`;
        return isOver || (await replica.query(active)).length > 0;
      });
      await replay('resume');
      const { status, body } = await search;
      expect({ status, items: body.items }).toEqual({ status: 200, items: [] });
    }
    await app.stop();
  });
});
