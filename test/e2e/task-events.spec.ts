import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeSyncToken, feedOfNobody } from '../../src/changes/sync-token';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer } from '../support/http/answers';
import { EventReader } from '../support/http/event-reader';
import { aTask } from '../support/http/lists';

const PATH = '/api/me/tasks/events';
const UUID = '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d';
const DAY_US = 86_400_000_000;

/** What a user is given who has no account. */
function ofNobody(userId: string): string {
  return encodeSyncToken(feedOfNobody(userId), { number: 0, readAt: 0 });
}

describe('the stream of events', () => {
  let app: TestedApi;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    app = await sharedApplication();
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });
  afterAll(() => app.stop());

  const open = async (
    caller: Caller,
    options?: Parameters<typeof EventReader.open>[2],
  ): Promise<EventReader> => {
    const reader = await EventReader.open(app.url, caller, options);
    readers.push(reader);
    return reader;
  };
  const patch = (caller: Caller, id: string, title: string) =>
    app.send('patch', `/api/me/tasks/${id}`, caller).send({ title });
  const changesAfter = async (caller: Caller, after = ''): Promise<unknown> => {
    const { body } = await app.send('get', `/api/me/tasks/changes?after=${after}`, caller);
    return (body as { readonly items: unknown }).items;
  };

  it('begins now, with how soon to come back and where it is', async () => {
    const caller = await aCaller();
    await aTask(app, caller, { title: 'earlier' });
    const reader = await open(caller);

    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    expect(reader.text).toMatch(/^retry: 3000\nid: \d+\nevent: position\ndata: {}\n\n$/);
    await aTask(app, caller, { title: 'later' });
    expect(await reader.nextTask()).toMatchObject({ title: 'later' });
  });

  it('carries each task as the API answers it, in the order of the writes', async () => {
    const caller = await aCaller();
    const first = await aTask(app, caller);
    const reader = await open(caller);

    const second = await aTask(app, caller, { title: 'second', tags: ['a'] });
    expect(await reader.nextTask()).toEqual(second);
    const { body: patched } = await patch(caller, first.id, 'patched');
    expect(await reader.nextTask()).toEqual(patched);
    const { body: done } = await app.send('patch', `/api/me/tasks/${second.id}/complete`, caller);
    expect(await reader.nextTask()).toEqual(done);
    const { body: put } = await app
      .send('put', `/api/me/tasks/${first.id}`, caller)
      .send({ title: 'put' });
    expect(await reader.nextTask()).toEqual(put);
  });

  it('tells what was deleted', async () => {
    const caller = await aCaller();
    const task = await aTask(app, caller);
    const reader = await open(caller);
    await app.send('delete', `/api/me/tasks/${task.id}`, caller);

    const { event, data = '' } = await reader.next();
    expect(event).toBe('deleted');
    expect(JSON.parse(data)).toEqual({ id: task.id, deleted_at: expect.any(String) });
    expect(await changesAfter(caller, reader.lastId)).toEqual([]);
  });

  it('tells somebody without an account about the first task', async () => {
    const caller = await aCaller();
    const reader = await open(caller);
    const task = await aTask(app, caller);

    expect(await reader.nextTask()).toEqual(task);
    expect(await changesAfter(caller, reader.lastId)).toEqual([]);
  });

  it('continues where a client without an account left off', async () => {
    const caller = await aCaller();
    const { lastId = '' } = await open(caller);
    const task = await aTask(app, caller);

    expect(await (await open(caller, { query: { after: lastId } })).nextTask()).toEqual(task);
  });

  it('continues after the last event of the client, not after its first request', async () => {
    const caller = await aCaller();
    const reader = await open(caller);
    const { lastId: start = '' } = reader;
    const task = await aTask(app, caller);
    await reader.nextTask();
    const { lastId: behindTask = '' } = reader;
    reader.close();
    const { body: patched } = await patch(caller, task.id, 'meanwhile');
    const other = await aTask(app, caller, { title: 'other' });

    const byQuery = await open(caller, { query: { after: start } });
    expect([await byQuery.nextTask(), await byQuery.nextTask()]).toEqual([patched, other]);
    const byHeader = await open(caller, {
      query: { after: start },
      headers: { 'Last-Event-ID': byQuery.events[0]?.id ?? '' },
    });
    expect(await byHeader.nextTask()).toEqual(other);
    expect(behindTask).not.toBe(start);
  });

  it('continues from a token of the changes, and they from an event of the stream', async () => {
    const caller = await aCaller();
    await aTask(app, caller, { title: 'known' });
    const { body } = await app.send('get', '/api/me/tasks/changes', caller);
    const task = await aTask(app, caller, { title: 'new' });

    const reader = await open(caller, { query: { after: (body as { next: string }).next } });
    expect(await reader.nextTask()).toEqual(task);
    const later = await aTask(app, caller, { title: 'later' });
    expect(await changesAfter(caller, reader.events[0]?.id)).toEqual([later]);
  });

  it('takes an empty Last-Event-ID for none', async () => {
    const caller = await aCaller();
    const reader = await open(caller, { headers: { 'Last-Event-ID': '' } });
    expect(reader.status).toBe(200);
  });

  it('ends with a reset, and without an id, where changes may be missing', async () => {
    const [caller, other] = [await aCaller(), await aCaller()];
    await aTask(app, caller);
    await aTask(app, other);
    const foreign = (await open(other)).lastId ?? '';
    const reader = await open(caller, { query: { after: foreign } });

    await reader.ended();
    expect(reader.blocks).toEqual([
      { id: foreign, event: 'position', data: '{}' },
      { id: '', event: 'reset', data: '{}' },
    ]);
  });

  it.each([
    ['invented', () => '0000000000000'],
    ['invented amid tasks', () => `0000000000000-${UUID}`],
    ['given to somebody else', ({ userId }: Caller) => ofNobody(userId)],
  ])('takes no token of nobody that was %s', async (_, tokenFor) => {
    const [caller, other] = [await aCaller(), await aCaller()];
    await aTask(app, caller);
    const reader = await open(caller, { query: { after: tokenFor(other) } });

    await reader.ended();
    expect(reader.events).toEqual([{ id: '', event: 'reset', data: '{}' }]);
  });

  it('gives a client that comes with an old position a newer one, though nothing has changed', async () => {
    const caller = await aCaller();
    await aTask(app, caller);
    const rows = await app.database.query<{ since: string; last_change: string }>(
      'select since, last_change from feeds where user_id = $1',
      [caller.userId],
    );
    const { since, last_change: lastChange } = rows[0] ?? {};
    const feed = { userId: caller.userId, since: Number(since) };
    const number = Number(lastChange);
    const old = encodeSyncToken(feed, { number, readAt: number - 31 * DAY_US });
    const reader = await open(caller, { headers: { 'Last-Event-ID': old } });
    await reader.until(() => reader.lastId !== old);
    await app.send('patch', `/api/me/tasks/${UUID}`, caller).send({ title: 'none' }).expect(404);

    expect(reader.events).toEqual([]);
    expect(await changesAfter(caller, reader.lastId)).toEqual([]);
    await app.send('get', '/api/me/tasks/changes', caller).query({ after: old }).expect(410);
  });

  it('ends with a reset when the account is deleted', async () => {
    const caller = await aCaller();
    await aTask(app, caller);
    const [one, two] = [await open(caller), await open(caller)];
    await app.send('delete', '/api/users/me', caller);

    await Promise.all([one.ended(), two.ended()]);
    expect(one.events).toEqual([{ id: '', event: 'reset', data: '{}' }]);
    expect(two.events).toEqual(one.events);
  });

  it.each([
    ['after', { query: { after: 'x' } }, { parameter: 'after' }],
    ['Last-Event-ID', { headers: { 'Last-Event-ID': 'x' } }, { header: 'Last-Event-ID' }],
  ])('refuses a malformed %s', async (_, { query, headers }: StreamOptions, place) => {
    const test = app.send('get', PATH, await aCaller());
    const response = await test.query(query ?? {}).set(headers ?? {});
    const detail = 'must be `next`, or the `id` of an event, exactly as the API gave it';
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ code: 'validation', errors: [{ ...place, detail }] });
  });

  it('refuses other parameters', async () => {
    const response = await app.send('get', `${PATH}?limit=3`, await aCaller());
    expect(response.body).toMatchObject({ code: 'validation', errors: [{ parameter: 'limit' }] });
  });

  it.each(['application/json', 'text/html;q=0.9, text/event-stream;q=0'])(
    'refuses Accept: %s',
    async (accept) => {
      const response = await app.send('get', PATH, await aCaller()).set('Accept', accept);
      expect(answerOf(response)).toEqual(problemAnswer('not-acceptable'));
    },
  );

  it.each(['text/event-stream', 'text/*', '*/*', 'text/event-stream, application/problem+json'])(
    'takes Accept: %s',
    async (Accept) => {
      expect((await open(await aCaller(), { headers: { Accept } })).status).toBe(200);
    },
  );

  it('answers HEAD without opening a stream', async () => {
    const { status, headers } = await app.send('head', PATH, await aCaller());
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream');
  });

  it.each(['post', 'put', 'patch', 'delete'] as const)('has no %s', async (method) => {
    const response = await app.send(method, PATH, await aCaller());
    expect(response.status).toBe(405);
    expect(response.headers['allow']).toBe('GET, HEAD, OPTIONS');
  });

  it('allows a user eight streams, and one more when one has ended', async () => {
    const caller = await aCaller();
    const opened = await Promise.all(Array.from({ length: 8 }, () => open(caller)));
    const refused = await app.send('get', PATH, caller);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'too-many-streams' });
    expect(refused.headers['retry-after']).toBe('1');
    expect((await open(await aCaller())).status).toBe(200);

    opened[0]?.close();
    await expect(
      (async () => {
        while ((await open(caller)).status !== 200) await sleep(10);
      })(),
    ).resolves.toBeUndefined();
  });

  it('carries nothing of anybody else', async () => {
    const [ann, bob] = [await aCaller(), await aCaller()];
    const [ofAnn, ofBob] = [await open(ann), await open(bob)];
    for (let n = 0; n < 20; n += 1) {
      await Promise.all([
        aTask(app, ann, { title: `ann ${n}` }),
        aTask(app, bob, { title: `bob ${n}` }),
      ]);
    }
    await Promise.all([ofAnn, ofBob].map((it) => it.until(() => it.events.length === 20)));

    expect(ofAnn.text).not.toContain(bob.userId);
    expect(ofAnn.text).not.toContain('bob');
    expect(ofBob.text).not.toContain(ann.userId);
    expect(ofBob.text).not.toContain('ann');
  });

  it('continues for a slow client, and misses nothing', async () => {
    const caller = await aCaller();
    const reader = await open(caller);
    reader.response.pause();
    const description = 'x'.repeat(10_000);
    for (let n = 0; n < 600; n += 30) {
      const titles = Array.from({ length: 30 }, (_, m) => `${n + m}`);
      await Promise.all(titles.map((title) => aTask(app, caller, { title, description })));
    }
    reader.response.resume();

    await reader.until(() => reader.events.length >= 600);
    const titles = reader.events.map(
      ({ data }) => (JSON.parse(data ?? '') as { title: string }).title,
    );
    expect(new Set(titles).size).toBe(600);
    expect(titles).toHaveLength(600);
  });
});

type StreamOptions = NonNullable<Parameters<typeof EventReader.open>[2]>;
