import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { Replicas } from '../../src/database/replicas/replicas';
import { migrate } from '../../src/database/schema/migrate';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { aCaller } from '../support/app/tokens';
import { urlOf } from '../support/database/connection-url';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { History } from '../support/faults/history';
import type { StoredTask } from '../support/faults/history-audit';
import { ReplicaProof } from '../support/faults/replica-proof';
import { WireProxy } from '../support/wire/wire-proxy';

jest.setTimeout(180_000);

let primary: FaultPostgres;
/** Waited for by each commit on the primary, once `synchronous_standby_names` says so. */
let standby: FaultPostgres;
/** Streams from the standby, so that it never has what that lacks. */
let reader: FaultPostgres;
/** Leads to the primary. */
let proxy: WireProxy;
let app: ServedApplication;

beforeEach(async () => {
  primary = await FaultPostgres.create();
  await migrate(primary.endpoint.owner);
  standby = await primary.replicate();
  reader = await standby.replicate();
  proxy = await WireProxy.start(primary.endpoint.api);
  app = await serveAt(proxy.before(primary.endpoint), {
    ...primary.variables(proxy.port),
    DATABASE_REPLICA_URLS: [standby, reader].map(({ endpoint }) => urlOf(endpoint.api)).join(),
  });
});
afterEach(async () => {
  await app.stop();
  await proxy.stop();
  for (const server of [reader, standby, primary]) await server.remove();
});

const synchronise = async (): Promise<void> => {
  await primary.query(`alter system set synchronous_standby_names = '*'`);
  await primary.query('select pg_reload_conf()');
  await eventually(async () => {
    const rows = await primary.query(
      `select from pg_stat_replication where sync_state = 'sync' and state = 'streaming'`,
    );
    return rows.length > 0;
  });
};
const begin = (from: FaultPostgres): Promise<History> =>
  History.begin({
    port: app.port,
    stored: () =>
      from.query<StoredTask & Record<string, unknown>>(
        'select user_id, id, title, version from tasks',
      ),
  });
const sessionsOf = async (server: FaultPostgres) => (await server.backends()).length;
const failOver = async (): Promise<void> => {
  await standby.query('select pg_promote()');
  proxy.leadTo(standby.endpoint.api);
};

describe('With a synchronous standby, which is also a replica', () => {
  beforeEach(synchronise);

  it('the primary dies and the standby takes over: nothing acknowledged is lost, and no read is stale', async () => {
    const history = await begin(standby);
    const callers = await Promise.all(Array.from({ length: 3 }, () => aCaller()));
    const proof = new ReplicaProof(app.url, callers);
    const { outcomes } = app.nest.get(Replicas);
    const work = async (): Promise<void> => {
      await history.acknowledges(300);
      await primary.stop('kill');
      await history.isRefused(20);
      await failOver();
      await history.recovers();
      await history.acknowledges(200);
      // The replica that followed the standby still serves, and the standby is none any more.
      const { served } = outcomes;
      await eventually(() => outcomes.served > served && app.nest.get(Replicas).counts.used === 1);
    };

    const { stale, failures } = await proof.during(work());
    const { reads, writes } = proof;
    const { aborted } = await history.end(
      'F29: the primary dies, and its synchronous standby takes over',
    );

    expect(stale).toEqual([]);
    expect(failures.filter((failure) => !failure.includes(': 503 '))).toEqual([]);
    expect(aborted).toBe(0);
    expect(Math.min(reads, writes, outcomes.served)).toBeGreaterThan(0);
    console.info({ reads, writes, served: outcomes.served, refused: failures.length });
    // The former primary returns as it was. Nothing leads to it, and it acknowledges nothing.
    await primary.start();
    const write = primary.query(`update tasks set title = 'of the former primary'`).catch(String);
    await eventually(async () => {
      const rows = await primary.query(
        `select from pg_stat_activity where wait_event = 'SyncRep' and query like 'update tasks%'`,
      );
      return rows.length > 0;
    });
    expect(await sessionsOf(primary)).toBe(0);
    await primary.stop('immediate');
    expect(await write).toMatch(/terminat/);
  });

  it('the primary dies while commits wait for the standby: none of them was acknowledged', async () => {
    const history = await begin(standby);
    standby.freeze(standby.processes());
    await history.isRefused(20);

    await primary.stop('kill');
    standby.thaw();
    await failOver();
    await history.recovers();
    await history.acknowledges(50);

    expect((await history.end('F29: the same while the standby has frozen')).aborted).toBe(0);
  });

  it('the standby freezes, and returns: writes are told to come back, reads go on, and nothing is lost', async () => {
    const history = await begin(primary);
    standby.freeze(standby.processes());
    await history.isRefused(20);
    const { authorization } = await aCaller();
    await eventually(async () => {
      const { status } = await request(app.url).get('/api/me/tasks').set({ authorization });
      return status === 200;
    });
    standby.thaw();
    await history.recovers();
    await history.acknowledges(50);

    expect((await history.end('F30: the synchronous standby freezes')).aborted).toBe(0);
  });
});

it('Without a synchronous standby, what was acknowledged last is lost with the primary', async () => {
  const caller = await aCaller();
  const send = (method: 'get' | 'post') =>
    request(app.url)[method]('/api/me/tasks').set('Authorization', caller.authorization);
  await standby.stop('fast');
  expect((await send('post').send({ title: 'lost' })).status).toBe(201);

  await primary.stop('kill');
  await standby.start();
  await failOver();
  await eventually(async () => (await send('get')).status === 200);
  expect((await send('get')).body.items).toEqual([]);
});
