import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request, { type Test } from 'supertest';
import { settingsOfLogin } from '../../src/database/session/database-session';
import type { ServedApplication } from '../support/app/application-at';
import { eventually } from '../support/app/eventually';
import { aCaller, type Caller } from '../support/app/tokens';
import { urlOf } from '../support/database/connection-url';
import { PgBouncer } from '../support/database/pg-bouncer';
import { describeWith } from '../support/requirements';
import { FaultPostgres } from '../support/faults/fault-postgres';
import { readOutcomesOf, serveWithReplicas } from '../support/faults/replicas';

let primary: FaultPostgres;
let replica: FaultPostgres;
let app: ServedApplication;

const caughtUp = async () => {
  const [place] = await primary.query<{ at: string }>('select pg_current_wal_lsn() as at');
  await eventually(async () => {
    const [row] = await replica.query<{ there: boolean }>(
      `select pg_last_wal_replay_lsn() >= '${place?.at ?? ''}' as there`,
    );
    return row?.there === true;
  });
};

beforeAll(async () => {
  primary = await FaultPostgres.create(true);
  replica = await primary.replicate();
  app = await serveWithReplicas(primary, [urlOf(replica.endpoint.api)]);
});
afterAll(async () => {
  await app.stop();
  await replica.remove();
  await primary.remove();
});

describe('A read that names a change', () => {
  let ada: Caller;

  beforeEach(async () => {
    ada = await aCaller();
  });
  afterEach(async () => {
    await replica.query('select pg_wal_replay_resume()');
  });

  const send = (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string): Test =>
    request(app.url)[method](path).set('Authorization', ada.authorization);
  const read = (path: string, after: string): Test => send('get', path).set('X-Read-After', after);
  const outcomes = () => readOutcomesOf(app);
  const create = async (title: string) => {
    const { body, headers } = await send('post', '/api/me/tasks').send({ title });
    return { id: body.id as string, after: String(headers['x-read-after']), etag: headers['etag'] };
  };
  const pause = () => replica.query('select pg_wal_replay_pause()');

  it('runs on a replica that has it', async () => {
    const { id, after, etag } = await create('mine');
    expect(`"${after}"`).toBe(etag);
    await caughtUp();
    const before = outcomes();

    const reads = [
      await read(`/api/me/tasks/${id}`, after),
      await read('/api/me/tasks', after),
      await read('/api/me/tasks?q=mine', after),
      await read('/api/me/tasks/summary', after),
      await read('/api/me/export', after),
      await read('/api/me/trash', after),
    ];

    expect(reads.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(reads.map(({ headers }) => headers['x-read-after'])).toEqual(Array(6).fill(after));
    expect(reads[1]?.body.items).toMatchObject([{ id }]);
    expect(outcomes()).toEqual({ ...before, served: expect.any(Number) });
    expect(outcomes().served - before.served).toBeGreaterThanOrEqual(6);
  });

  it('runs on the primary while the replica lacks that change, also one that deletes', async () => {
    const first = await create('kept');
    const second = await create('deleted');
    await caughtUp();
    await pause();
    const toggled = await send('patch', `/api/me/tasks/${first.id}/complete`);
    const deleted = await send('delete', `/api/me/tasks/${second.id}`);
    expect(deleted.status).toBe(204);
    const after = String(deleted.headers['x-read-after']);
    expect(Number(after)).toBeGreaterThan(Number(toggled.headers['x-read-after']));
    const before = outcomes();

    const { body } = await read('/api/me/tasks', after);
    expect(body.items).toMatchObject([{ id: first.id, completed: true }]);
    expect((await read(`/api/me/tasks/${second.id}`, after)).status).toBe(404);
    expect((await read('/api/me/tasks?q=deleted', after)).body.items).toEqual([]);
    expect((await read('/api/me/tasks/summary', after)).body.open).toBe(0);
    expect((await read('/api/me/trash', after)).body.items).toMatchObject([{ id: second.id }]);
    expect(outcomes()).toEqual({ ...before, behind: expect.any(Number) });

    // What the client may not have seen yet is as old as the replica is.
    const old = await read('/api/me/tasks', second.after);
    expect(old.body.items).toHaveLength(2);
    expect(old.headers['x-read-after']).toBe(second.after);
  });

  it('runs on the primary where it names no change, whatever tags it holds', async () => {
    const { id, etag } = await create('mine');
    await caughtUp();
    await pause();
    const { headers } = await send('patch', `/api/me/tasks/${id}/complete`);
    const before = outcomes();

    expect((await send('get', '/api/me/tasks')).body.items).toMatchObject([{ completed: true }]);
    // As a browser does by itself, with what it has in its cache.
    const cached = await send('get', `/api/me/tasks/${id}`).set('If-None-Match', String(etag));
    expect(cached.status).toBe(200);
    expect(cached.headers['x-read-after']).toBe(headers['x-read-after']);
    expect(outcomes()).toEqual(before);
  });

  it('includes the versions of all tags that it holds, weak ones and altered ones', async () => {
    const { id, etag = '' } = await create('mine');
    await caughtUp();
    await pause();
    const { headers } = await send('patch', `/api/me/tasks/${id}/complete`);
    const before = outcomes();

    for (const tag of [
      `${etag}, W/${headers['etag']}`,
      `"x", ${headers['etag']?.slice(0, -1)}-gzip"`,
    ]) {
      const { status } = await read(`/api/me/tasks/${id}`, '0').set('If-None-Match', tag);
      expect(status).toBe(tag.endsWith('-gzip"') ? 200 : 304);
    }
    expect(outcomes()).toEqual({ ...before, behind: before.behind + 2 });
    // The replica has the older one.
    const held = await read(`/api/me/tasks/${id}`, '0').set('If-None-Match', `W/${etag}`);
    expect(held.status).toBe(304);
    expect(outcomes().served).toBe(before.served + 1);
  });

  it('follows the changes there, and never ends a page before its token', async () => {
    await create('first');
    await caughtUp();
    const begin = await send('get', '/api/me/tasks/changes');
    await caughtUp();
    const before = outcomes();
    const begun = await read('/api/me/tasks/changes', '0').query({ after: begin.body.next });
    expect(begun.body).toMatchObject({ items: [], has_more: false });
    expect(outcomes().served).toBeGreaterThan(before.served);

    await pause();
    const second = await create('second');
    const newest = await send('get', '/api/me/tasks/changes').query({ after: begun.body.next });
    expect(newest.body.items).toMatchObject([{ id: second.id }]);
    const behind = outcomes().behind;
    const next = await read('/api/me/tasks/changes', '0').query({ after: newest.body.next });
    expect(next.body).toMatchObject({ items: [], has_more: false });
    expect(next.headers['x-read-after']).toBe(second.after);
    expect(outcomes().behind).toBe(behind + 1);
    const atPrimary = outcomes();
    const whole = await read('/api/me/tasks/changes', '0');
    expect(whole.body.items).toHaveLength(2);
    expect(outcomes()).toEqual(atPrimary);
  });

  it('shows nothing of an account that is erased, nor of the one before', async () => {
    await create('secret');
    await caughtUp();
    await pause();
    const erased = await send('delete', '/api/users/me');
    expect(erased.status).toBe(204);
    const after = String(erased.headers['x-read-after']);

    expect((await read('/api/me/tasks', after)).body.items).toEqual([]);
    const again = await create('of the next life');
    expect(Number(again.after)).toBeGreaterThan(Number(after));
    expect((await read('/api/me/tasks', again.after)).body.items).toMatchObject([{ id: again.id }]);
    expect((await read('/api/me/tasks', after)).body.items).toMatchObject([{ id: again.id }]);
    await replica.query('select pg_wal_replay_resume()');
    await caughtUp();
    expect((await read('/api/me/tasks', again.after)).body.items).toMatchObject([{ id: again.id }]);
  });

  it('runs on the primary for a user without a feed, and for a number that nobody has yet', async () => {
    const before = outcomes();
    expect((await read('/api/me/tasks', '0')).body.items).toEqual([]);
    const { after } = await create('mine');
    await caughtUp();
    const future = String(Number(after) + 3_600_000_000);
    const { body, headers } = await read('/api/me/tasks', future);
    expect(body.items).toHaveLength(1);
    expect(headers['x-read-after']).toBe(after);
    expect(outcomes()).toEqual({ ...before, behind: expect.any(Number) });
  });

  it.each(['', 'x', '-1', '1.5', '"1795867932976204"', '1, 2', '12345678901234567'])(
    'is refused where the number is %j',
    async (number) => {
      const { status, body } = await read('/api/me/tasks', number);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'validation' });
      expect(body.errors).toMatchObject([{ header: 'X-Read-After' }]);
    },
  );
});

const MODES = [
  { name: 'explicit transactions', variables: { DATABASE_SCOPE: 'transaction' }, pooled: false },
  { name: 'no lanes', variables: { DATABASE_LANES: '0' }, pooled: false },
  { name: 'a pooler before the replica', variables: {}, pooled: true },
];
for (const { name, variables, pooled } of MODES) {
  const declare = (): void => {
    it('runs there once the replica has the change, and before on the primary', async () => {
      // The login brings the settings along, since PgBouncer refuses startup options.
      for (const sql of pooled ? settingsOfLogin('task_api', {}) : []) await primary.query(sql);
      await caughtUp();
      const bouncer = pooled ? await PgBouncer.start(replica.endpoint.api) : undefined;
      const there = urlOf(bouncer?.settings ?? replica.endpoint.api);
      const other = await serveWithReplicas(primary, [there], variables);
      const ada = await aCaller();
      const ask = (path: string, after: string) =>
        request(other.url)
          .get(path)
          .set({ Authorization: ada.authorization, 'X-Read-After': after });
      try {
        await replica.query('select pg_wal_replay_pause()');
        const { headers } = await request(other.url)
          .post('/api/me/tasks')
          .set('Authorization', ada.authorization)
          .send({ title: 'mine' });
        const after = String(headers['x-read-after']);
        const paths = ['/api/me/tasks', '/api/me/tasks?q=mine'];
        for (const path of paths) expect((await ask(path, after)).body.items).toHaveLength(1);
        expect(readOutcomesOf(other)).toMatchObject({
          served: 0,
          failed: 0,
          behind: expect.any(Number),
        });
        await replica.query('select pg_wal_replay_resume()');
        await caughtUp();
        for (const path of paths) expect((await ask(path, after)).body.items).toHaveLength(1);
        expect(readOutcomesOf(other)).toMatchObject({ served: 2, failed: 0 });
      } finally {
        await other.stop();
        await bouncer?.stop();
      }
    });
  };
  const title = `A read that names a change, with ${name},`;
  if (pooled) describeWith('pgBouncer', title, declare);
  else describe(title, declare);
}
