import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { replicaChecks } from '../../src/cli/doctor/doctor-replicas';
import { Replicas } from '../../src/database/replicas/replicas';
import { openClient } from '../../src/database/session/client';
import { explainStartFailure } from '../../src/server/start-failure';
import { type ServedApplication, serveAt } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { RecordedLog } from '../support/app/recorded-log';
import { testEnv } from '../support/app/test-env';
import { aCaller, type Caller } from '../support/app/tokens';
import { urlOf } from '../support/database/connection-url';
import { itWith } from '../support/requirements';
import { TestDatabase } from '../support/database/test-database';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { readOutcomesOf, serveWithReplicas, WAITS_WITH_REPLICAS } from '../support/faults/replicas';
import { freePort } from '../support/processes/free-port';
import { WireProxy } from '../support/wire/wire-proxy';

let primary: FaultPostgres;
let replica: FaultPostgres;
let proxy: WireProxy;
let app: ServedApplication;
let ada: Caller;
const log = new RecordedLog('info');

beforeAll(async () => {
  primary = await FaultPostgres.create(true);
  replica = await primary.replicate();
  proxy = await WireProxy.start(replica.endpoint.api);
  ada = await aCaller();
  app = await serve([urlOf(proxy.settings)], log);
  await create('first');
});
afterAll(async () => {
  await app.stop();
  await proxy.stop();
  await replica.remove();
  await primary.remove();
});

const serve = (urls: readonly string[], to = log): Promise<ServedApplication> =>
  serveWithReplicas(primary, urls, {}, to.log);
const send = (method: 'get' | 'post', path: string, at = app) =>
  request(at.url)[method](path).set('Authorization', ada.authorization);
const read = (path = '/api/me/tasks', after = '0', at = app) =>
  send('get', path, at).set('X-Read-After', after);
const outcomes = (at = app) => readOutcomesOf(at);
const reported = (text: string, by = log) =>
  by.lines.filter(({ msg }) => String(msg).includes(text)).length;
/** Titles of the tasks, as a read shows them that may run on a replica. */
const titles = async (): Promise<readonly string[]> => {
  const { status, body } = await read();
  expect(status).toBe(200);
  return (body.items as { title: string }[]).map(({ title }) => title);
};
const create = async (title: string): Promise<void> => {
  expect((await send('post', '/api/me/tasks').send({ title })).status).toBe(201);
};
const serves = (isUsed: boolean) =>
  eventually(async () => {
    const before = outcomes().served;
    await titles();
    return outcomes().served > before === isUsed;
  });

describe('A replica', () => {
  afterEach(async () => {
    replica.thaw();
    if (!replica.isRunning) await replica.start();
    await replica.query('select pg_wal_replay_resume()');
    await serves(true);
  });

  itWith(
    'largeProofs',
    'that is frozen costs reads time, and no answer; then it is left alone until it answers',
    async () => {
      await create('before');
      await serves(true);
      replica.freeze(replica.processes());
      const aside = reported('a replica is not used: it does not answer');

      const answers = await Promise.all([
        ...Array.from({ length: 8 }, () => read()),
        read('/api/me/tasks?q=before'),
        read('/api/me/tasks/summary'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(answers[8]?.body.items).toHaveLength(1);

      const { failed } = outcomes();
      for (let n = 0; n < 10; n += 1) expect(await titles()).toContain('before');
      expect(outcomes().failed).toBe(failed);
      expect((await send('get', '/health/ready')).status).toBe(200);
      expect(reported('a replica is not used: it does not answer')).toBe(aside + 1);
    },
  );

  itWith('largeProofs', 'that dies, or ends its sessions, costs no answer either', async () => {
    await create('kept');
    const reading = (async () => {
      for (let n = 0; n < 100; n += 1) expect(await titles()).toContain('kept');
    })();
    for (let n = 0; n < 5; n += 1) await replica.terminateBackends();
    await replica.stop('kill');
    await reading;

    await create('while it is away');
    expect(await titles()).toContain('while it is away');
  });

  itWith(
    'largeProofs',
    'that stops replaying is not used, though clients know of nothing that it lacks',
    async () => {
      await replica.query('select pg_wal_replay_pause()');
      await create('not there');
      expect(await titles()).not.toContain('not there');

      await eventually(async () => (await titles()).includes('not there'));
      expect(reported('a replica is not used: it is more than 2 s behind the primary')).toBe(1);
    },
  );

  it('serves on while the primary is away, and takes no part in readiness', async () => {
    await create('on both');
    await eventually(async () => (await titles()).includes('on both'));
    await primary.stop('fast');
    try {
      expect(await titles()).toContain('on both');
      expect((await send('get', '/health/ready')).status).toBe(503);
    } finally {
      await primary.start();
    }
  });

  it('whose configuration puts sessions into the scope of a user is not used', async () => {
    const { userId } = ada;
    await replica.query(`alter system set app.user_id = '${userId}'`);
    await replica.query('select pg_reload_conf()');
    const recorded = new RecordedLog('info');
    const second = await serve([urlOf(replica.endpoint.api)], recorded);
    await replica.query('alter system reset app.user_id');
    await replica.query('select pg_reload_conf()');
    try {
      expect(reported('it does not isolate users', recorded)).toBe(1);
      expect((await read('/api/me/tasks', '0', second)).status).toBe(200);
      expect(outcomes(second)).toMatchObject({ served: 0, aside: 1 });
    } finally {
      await second.stop();
    }
  });

  it('hears nothing while no reads come', async () => {
    await titles();
    await sleep(500);
    proxy.clear();
    await sleep(6_000);
    expect(proxy.sent).toEqual([]);
  });
});

describe('A change that a replica shows before the primary', () => {
  it.each(['/api/me/tasks', '/api/me/tasks?q=written'])(
    'is waited for by GET %s there',
    async (path) => {
      await create('not yet');
      const write = await openClient(primary.endpoint.owner);
      await write.query('begin');
      const { rows } = await write.query<{ number: string }>(
        `update feeds set last_change = last_change + 1 where user_id = $1 returning last_change as number`,
        [ada.userId],
      );
      await write.query(`update tasks set title = 'written' where title = 'not yet'`);

      const answer = read(path, rows[0]?.number).then(({ text }) => text);
      const isWaiting = eventually(async () => {
        const waiting = `select from pg_stat_activity where wait_event_type = 'Lock'`;
        return (await primary.query(waiting)).length > 0;
      });
      await Promise.race([isWaiting, answer]);
      await write.query('commit');
      await write.end();

      expect(await answer).toContain('"written"');
      await isWaiting;
    },
  );
});

describe('A server that is no replica of the primary', () => {
  it('is not used, keeps nobody from starting, and is named without its password', async () => {
    const recorded = new RecordedLog('info');
    const database = await TestDatabase.create();
    const other = database.endpoint.api;
    const nobody = { ...primary.endpoint.api, port: await freePort() };
    const urls = [other, { ...primary.endpoint.api, user: 'task_api' }, nobody].map(urlOf);
    // The same server by another name is no replica either.
    const byName = String(urls[1]).replace('127.0.0.1', 'localhost');
    const second = await serve([String(urls[0]), byName, String(urls[2])], recorded);
    try {
      expect(recorded.lines.filter(({ level }) => level === 'warn')).toMatchObject([
        { msg: expect.stringContaining('not used') },
        { msg: expect.stringContaining('not used') },
        { msg: expect.stringContaining('not used') },
      ]);
      for (const reason of ['another database', 'takes writes itself', 'does not answer']) {
        expect(reported(reason, recorded)).toBe(1);
      }
      expect((await read('/api/me/tasks', '0', second)).status).toBe(200);
      expect(outcomes(second)).toEqual({ served: 0, behind: 0, failed: 0, aside: 1 });
      expect(recorded.text).not.toContain(String(other.password));
    } finally {
      await second.stop();
      await database.drop();
    }
  });

  it('is what doctor warns of', async () => {
    const itself = urlOf(primary.endpoint.api).replace('127.0.0.1', 'localhost');
    const nobody = urlOf({ ...primary.endpoint.api, port: await freePort() });
    const urls = [urlOf(replica.endpoint.api), itself, nobody].join();
    const variables = { DATABASE_LANES: '4', DATABASE_POOL: '10', DATABASE_REPLICA_URLS: urls };
    const env = testEnv({ ...primary.variables(), ...variables });
    expect(await replicaChecks(primary.endpoint, env)).toMatchObject([
      { status: 'ok', detail: 'is well; each process opens up to 13 sessions there' },
      { status: 'warn', detail: 'is not used: it is no replica: it takes writes itself' },
      { status: 'warn', detail: expect.stringContaining('connect ECONNREFUSED') },
    ]);
  });

  it('is no primary: a start names the standby, and where it belongs', async () => {
    const start = serveAt({ ...replica.endpoint, waits: WAITS_WITH_REPLICAS }, {});
    const failure = await start.then(
      () => undefined,
      (error: unknown) => explainStartFailure(error),
    );
    expect(failure?.exitCode).toBe(69);
    expect(failure?.message).toMatch(/is a standby .*DATABASE_REPLICA_URLS/);
  });

  // The last one: there is no way back.
  it('answers no read from the moment on which it is promoted', async () => {
    await create('of this life');
    await serves(true);
    await replica.query('select pg_promote()');
    await replica.query(`update tasks set title = 'of the other life'`).catch(() => undefined);
    const before = outcomes();
    for (let n = 0; n < 5; n += 1) expect(await titles()).not.toContain('of the other life');
    expect(outcomes().served).toBe(before.served);
    await eventually(async () => {
      await titles();
      return app.nest.get(Replicas).counts.used === 0;
    });
  });
});
