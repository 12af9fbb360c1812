import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { encodeSyncToken } from '../../src/changes/sync-token';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { allChanges, changes, type ChangesBody } from '../support/feed/changes';
import { answerOf, problemAnswer, USER_DATA } from '../support/http/answers';
import { aTask, insertTasks } from '../support/http/lists';

const DAY_US = 86_400_000_000;

let app: TestedApi;
beforeAll(async () => {
  app = await sharedApplication();
});
afterAll(() => app.stop());

const PATH = '/api/me/tasks/changes';
const task = async (caller: Caller, id: string): Promise<unknown> =>
  (await app.send('get', `/api/me/tasks/${id}`, caller).expect(200)).body;
const patch = (caller: Caller, id: string, title: string) =>
  app.send('patch', `/api/me/tasks/${id}`, caller).send({ title }).expect(200);
const remove = (caller: Caller, id: string) =>
  app.send('delete', `/api/me/tasks/${id}`, caller).expect(204);
const restore = (caller: Caller, id: string) =>
  app.send('post', `/api/me/trash/${id}/restore`, caller).expect(200);
const purge = (caller: Caller, id: string) =>
  app.send('delete', `/api/me/trash/${id}`, caller).expect(204);
const tombstone = (id: string) => ({ id, deleted_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) });
const itemsIn = (pages: readonly ChangesBody[]) => pages.flatMap(({ items }) => items);
const refused = async (caller: Caller, after: string) =>
  answerOf(await app.send('get', `${PATH}?after=${after}`, caller));
const EXPIRED = problemAnswer('sync-token-expired');

/** As if everything that the caller has done had been done so long ago. */
const age = async ({ userId }: Caller, days: number) => {
  const by = days * DAY_US;
  await app.database.query(
    `update feeds set last_change = last_change - $2::bigint, since = since - $2::bigint where user_id = $1`,
    [userId, by],
  );
  for (const table of ['tasks', 'trash']) {
    await app.database.query(
      `update ${table} set version = version - $2::bigint where user_id = $1`,
      [userId, by],
    );
  }
};

describe('the changes of tasks', () => {
  it('begin with every task, once, as it is, and go on with the delta', async () => {
    const caller = await aCaller();
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push(await aTask(app, caller, { title: `${n}` }));

    const pages = await allChanges(app, caller, { limit: 2 });
    expect(pages.map(({ items, has_more: more }) => [items.length, more])).toEqual([
      [2, true],
      [2, true],
      [1, false],
    ]);
    expect(itemsIn(pages)).toEqual(made);

    const after = pages.at(-1)?.next ?? '';
    expect(await changes(app, caller, { after })).toMatchObject({ items: [], has_more: false });
    const [first, second] = made.map(({ id }) => id);
    await patch(caller, second ?? '', 'again');
    await patch(caller, first ?? '', 'later');
    const delta = await changes(app, caller, { after });
    expect(delta.items).toEqual([
      await task(caller, second ?? ''),
      await task(caller, first ?? ''),
    ]);
    expect(delta.has_more).toBe(false);
    expect((await changes(app, caller, { after: delta.next })).items).toEqual([]);
  });

  it('have each task once, in its newest state, in the order of the last changes', async () => {
    const caller = await aCaller();
    const { next: after } = await begin(caller);
    const [one, two] = [await aTask(app, caller), await aTask(app, caller)];
    for (const title of ['a', 'b', 'c']) await patch(caller, one.id, title);

    const pages = await allChanges(app, caller, { after, limit: 1 });

    expect(itemsIn(pages)).toEqual([two, await task(caller, one.id)]);
    expect(pages.map(({ has_more: more }) => more)).toEqual([true, false]);
  });

  it('have what is left of deleted tasks', async () => {
    const caller = await aCaller();
    const { next: after } = await begin(caller);
    const [kept, gone] = [await aTask(app, caller), await aTask(app, caller)];
    await remove(caller, gone.id);

    expect((await changes(app, caller, { after })).items).toEqual([kept, tombstone(gone.id)]);
    expect(itemsIn(await allChanges(app, caller))).toContainEqual(kept);
    expect(itemsIn(await allChanges(app, caller))).not.toContainEqual(tombstone(gone.id));
  });

  it('have a task that was deleted and restored between two calls as a task', async () => {
    const caller = await aCaller();
    const { id } = await aTask(app, caller);
    const { next: after } = await changes(app, caller);
    await remove(caller, id);
    await restore(caller, id);

    expect((await changes(app, caller, { after })).items).toEqual([await task(caller, id)]);
  });

  it('have what is left of a deleted task also once its content is purged', async () => {
    const caller = await aCaller();
    const { id } = await aTask(app, caller);
    const { next: after } = await changes(app, caller);
    await remove(caller, id);
    await purge(caller, id);

    expect((await changes(app, caller, { after })).items).toEqual([tombstone(id)]);
  });

  it('have the same once more where it is purged by request after it was read', async () => {
    const caller = await aCaller();
    const { id } = await aTask(app, caller);
    const { next: begin } = await changes(app, caller);
    await remove(caller, id);
    const deleted = await changes(app, caller, { after: begin });
    await purge(caller, id);

    expect(deleted.items).toEqual([tombstone(id)]);
    const purged = await changes(app, caller, { after: deleted.next });
    expect(purged.items).toEqual([tombstone(id)]);
    expect((await changes(app, caller, { after: purged.next })).items).toEqual([]);
  });

  it('have what is written while the first tasks are read', async () => {
    const caller = await aCaller();
    const made = [await aTask(app, caller), await aTask(app, caller), await aTask(app, caller)];
    const [read, deleted, changed] = made.map(({ id }) => id);
    const first = await changes(app, caller, { limit: 1 });
    expect(first.items.map(({ id }) => id)).toEqual([read]);

    await patch(caller, read ?? '', 'changed meanwhile');
    await remove(caller, deleted ?? '');
    await patch(caller, changed ?? '', 'changed meanwhile');
    const added = await aTask(app, caller);

    const rest = itemsIn(await allChanges(app, caller, { after: first.next, limit: 2 }));
    expect(rest).toEqual([
      await task(caller, changed ?? ''),
      added,
      await task(caller, read ?? ''),
      tombstone(deleted ?? ''),
      await task(caller, changed ?? ''),
      added,
    ]);
  });

  it('have tasks from before there were numbers: at first, and again when they change', async () => {
    const caller = await aCaller();
    const [old = ''] = await insertTasks(app, caller, [{ title: 'old' }]);
    const { items, next: after } = await changes(app, caller);
    expect(items).toEqual([await task(caller, old)]);
    expect((await changes(app, caller, { after })).items).toEqual([]);

    await patch(caller, old, 'new');
    expect((await changes(app, caller, { after })).items).toEqual([await task(caller, old)]);
  });

  it('come whole, even if the tasks are too long for a lane', async () => {
    const caller = await aCaller();
    const long = Array.from({ length: 60 }, () => ({ title: 'T', description: 'ä'.repeat(9_000) }));
    const ids = await insertTasks(app, caller, long);
    const { next: after } = await begin(caller);
    for (const id of ids) await patch(caller, id, 'changed');

    for (const from of [{}, { after }]) {
      const pages = await allChanges(app, caller, { ...from, limit: 40 });
      expect(pages.map(({ items }) => items.length)).toEqual([40, 20]);
      expect(itemsIn(pages).map(({ id }) => id)).toEqual(ids);
      expect(JSON.stringify(pages).match(/ä/g)).toHaveLength(60 * 9_000);
    }
  });

  it('have nothing of writes that wrote nothing', async () => {
    const caller = await aCaller();
    const { id } = await aTask(app, caller);
    const { next: after } = await changes(app, caller);
    await app.send('delete', `/api/me/tasks/${v7()}`, caller).expect(404);
    await app.send('delete', `/api/me/tasks/${id}`, caller).set('If-Match', '"1"').expect(412);

    const page = await changes(app, caller, { after });
    expect(page).toMatchObject({ items: [], has_more: false });
    expect((await changes(app, caller, { after: page.next })).items).toEqual([]);
  });

  it('are those of the caller alone', async () => {
    const [ada, eve] = [await aCaller(), await aCaller()];
    await aTask(app, ada);
    const { next: after } = await begin(ada);
    const own = await aTask(app, ada, { title: 'of Ada' });
    const foreign = await aTask(app, eve, { title: 'of Eve' });
    await remove(eve, foreign.id);

    expect((await changes(app, ada, { after })).items).toEqual([own]);
    const path = `/api/${eve.userId}/tasks/changes`;
    expect(answerOf(await app.send('get', path, ada))).toMatchObject({ status: 403 });
  });

  it('are read like any list', async () => {
    const caller = await aCaller({ scope: 'tasks:read' });
    const { status, headers } = answerOf(await app.send('get', PATH, caller));
    expect([status, headers]).toEqual([200, expect.objectContaining(USER_DATA)]);

    const head = await app.send('head', PATH, caller).expect(200);
    expect(head.headers['content-type']).toBe(USER_DATA['content-type']);
    expect(answerOf(await app.send('get', PATH))).toMatchObject({ status: 401 });
  });

  it.each([
    ['after=', 'after', 'must be `next`, or the `id` of an event, exactly as the API gave it'],
    [
      'after=yesterday',
      'after',
      'must be `next`, or the `id` of an event, exactly as the API gave it',
    ],
    ['after=1&after=2', 'after', 'must be given once'],
    ['limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=201', 'limit', 'must be a whole number from 1 to 200'],
    ['since=1', 'since', 'is not known here'],
  ])('are refused with ?%s', async (query, parameter, detail) => {
    const { body, status } = await app.send('get', `${PATH}?${query}`, await aCaller());
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ parameter, detail: expect.stringContaining(detail) }]);
  });
});

/** The end of the first loop, for somebody who has an account. */
async function begin(caller: Caller): Promise<ChangesBody> {
  await app.send('post', '/api/users', caller);
  const pages = await allChanges(app, caller);
  return pages.at(-1) ?? changes(app, caller);
}

describe('a sync token', () => {
  it('is refused with advice once it is of another user', async () => {
    const [ada, eve] = [await aCaller(), await aCaller()];
    const [{ next: of }, { next: end }] = [await begin(ada), await begin(eve)];
    await aTask(app, eve);

    expect(await refused(eve, of)).toEqual(EXPIRED);
    expect((await changes(app, eve, { after: end })).items).toHaveLength(1);
  });

  it('is refused where it is of the future, or malformed by hand', async () => {
    const caller = await aCaller();
    const { next } = await begin(caller);

    expect(await refused(caller, String(BigInt(next) + 1n))).toEqual(EXPIRED);
    expect(await refused(caller, String(BigInt(next) + 5_000_000n * 10n ** 12n))).toEqual(EXPIRED);
    expect(await refused(caller, '1')).toEqual(EXPIRED);
    expect(await refused(caller, `${next}-${v7()}`)).toEqual(EXPIRED);
  });

  it('is good for a caller without an account, until there is one', async () => {
    const caller = await aCaller();
    const { items, next, has_more: more } = await changes(app, caller);
    expect([items, more]).toEqual([[], false]);
    expect(await changes(app, caller, { after: next })).toEqual({
      items: [],
      next,
      has_more: false,
    });

    await app.send('post', '/api/users', caller).expect(201);
    expect(await refused(caller, next)).toEqual(EXPIRED);
    const made = await aTask(app, caller);
    expect(await refused(caller, next)).toEqual(EXPIRED);
    expect((await changes(app, caller)).items).toEqual([made]);
  });

  it('is refused when the account has been erased, and in its next life', async () => {
    const caller = await aCaller();
    await aTask(app, caller);
    const { next } = await begin(caller);
    await app.send('delete', '/api/users/me', caller).expect(204);

    expect(await refused(caller, next)).toEqual(EXPIRED);
    const made = await aTask(app, caller);
    expect(await refused(caller, next)).toEqual(EXPIRED);
    expect((await changes(app, caller)).items).toEqual([made]);
  });

  it('is refused after the feeds were emptied, also once there are new ones', async () => {
    const caller = await aCaller();
    const made = [await aTask(app, caller), await aTask(app, caller)];
    const amid = await changes(app, caller, { limit: 1 });
    const end = await changes(app, caller);
    await app.database.query('delete from feeds where user_id = $1', [caller.userId]);

    for (const { next } of [amid, end]) expect(await refused(caller, next)).toEqual(EXPIRED);
    made.push(await aTask(app, caller));
    for (const { next } of [amid, end]) expect(await refused(caller, next)).toEqual(EXPIRED);
    expect((await changes(app, caller)).items).toEqual(made);
  });

  it('continues from an old last change, and for 30 days after it was read', async () => {
    const caller = await aCaller();
    const { id } = await aTask(app, caller);
    await age(caller, 40);
    const number = await lastChange(caller);
    const [old, read] = [number, Date.now() * 1_000 - 29 * DAY_US];
    const [unread, recent] = [await token(caller, old, old), await token(caller, old, read)];
    // Another client begins: that is no change.
    expect(await allChanges(app, caller)).toHaveLength(1);
    for (const after of [unread, recent]) {
      expect((await changes(app, caller, { after })).items).toEqual([]);
    }

    await remove(caller, id);
    expect(await refused(caller, unread)).toEqual(EXPIRED);
    expect((await changes(app, caller, { after: recent })).items).toEqual([tombstone(id)]);
  });
});

const lastChange = async ({ userId }: Caller): Promise<number> => {
  const [feed] = await app.database.query<{ last_change: string }>(
    'select last_change from feeds where user_id = $1',
    [userId],
  );
  return Number(feed?.last_change);
};

/** One that was given when it says. */
const token = async ({ userId }: Caller, number: number, readAt: number): Promise<string> => {
  const [feed] = await app.database.query<{ since: string }>(
    'select since from feeds where user_id = $1',
    [userId],
  );
  return encodeSyncToken({ userId, since: Number(feed?.since) }, { number, readAt });
};
