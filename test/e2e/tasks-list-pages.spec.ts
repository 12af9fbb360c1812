import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SORTS } from '../../src/tasks/dto/list-tasks.query';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { fast } from '../support/http/fast-requests';
import { aTask, allPages, insertTasks, list, type NewTask, type Page } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

/** Titles and times repeat, so that only the id tells neighbours apart. */
const MANY: readonly NewTask[] = Array.from({ length: 60 }, (_, i) => ({
  title: `title ${i % 7}`,
  completed: i % 3 === 0,
  created_at: `2026-01-01T00:00:00.${String(Math.floor(i / 4)).padStart(3, '0')}Z`,
  updated_at: `2026-01-02T00:00:00.${String(i % 5).padStart(3, '0')}Z`,
}));

describe('pages of a list', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    await insertTasks(app, caller, MANY);
  });
  afterAll(() => app.stop());

  const idsOf = (pages: readonly Page[]): readonly string[] =>
    pages.flatMap(({ items }) => items.map(({ id }) => id));

  it.each(SORTS.flatMap((sort) => ['1', '7', '59', '60'].map((limit) => [sort, limit] as const)))(
    'sort=%s, limit=%s: together they are the whole list, in its order',
    async (sort, limit) => {
      const whole = (await list(app, caller, { sort, limit: '200' })).body as Page;
      const pages = await allPages(app, caller, { sort, limit });

      expect(whole.items).toHaveLength(60);
      expect(pages.flatMap(({ items }) => items)).toEqual(whole.items);
      expect(pages).toHaveLength(Math.ceil(60 / Number(limit)));
    },
  );

  it.each([
    { completed: 'true' },
    { q: 'TITLE 3' },
    { created_after: '2026-01-01T00:00:00.003Z' },
    { created_before: '2026-01-01T00:00:00.003Z', sort: 'created_at' },
    { created_after: '2026-01-01T00:00:00.003Z', created_before: '2026-01-01T00:00:00.009Z' },
    { updated_after: '2026-01-02T00:00:00.001Z', sort: '-updated_at' },
    { completed: 'false', q: 'title', sort: '-title' },
  ])('under the filters %j', async (query: Record<string, string>) => {
    const whole = (await list(app, caller, { ...query, limit: '200' })).body as Page;
    const pages = await allPages(app, caller, { ...query, limit: '4' });

    expect(whole.items.length).toBeGreaterThan(4);
    expect(pages.flatMap(({ items }) => items)).toEqual(whole.items);
  });

  it('may change their size on the way', async () => {
    const whole = (await list(app, caller, { limit: '200' })).body as Page;
    const first = (await list(app, caller, { limit: '5' })).body as Page;
    const rest = (await list(app, caller, { limit: '200', cursor: first.next_cursor ?? '' }))
      .body as Page;

    expect([...first.items, ...rest.items]).toEqual(whole.items);
  });

  it('go on behind a task that has been deleted', async () => {
    const owner = await aCaller();
    await insertTasks(app, owner, MANY.slice(0, 6));
    const ids = idsOf([(await list(app, owner)).body as Page]);
    const first = (await list(app, owner, { limit: '3' })).body as Page;
    await app.send('delete', `/api/me/tasks/${ids[2] ?? ''}`, owner);
    const second = (await list(app, owner, { limit: '3', cursor: first.next_cursor ?? '' }))
      .body as Page;

    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(3));
  });

  it.each(SORTS)(
    'sort=%s: neither repeat nor lose a task that stays, while others come, change and go',
    async (sort) => {
      const owner = await aCaller();
      const staying = await insertTasks(
        app,
        owner,
        MANY.map((task) => ({ ...task, title: `stay ${task.title}` })),
      );
      const moving = await insertTasks(app, owner, MANY.slice(0, 20));
      let reading = true;

      const disturb = async (): Promise<void> => {
        for (let i = 0; reading; i += 1) {
          const id = moving[i % moving.length] ?? '';
          const path = `/api/me/tasks/${id}`;
          await fast(app, owner, 'PATCH', path, { body: { title: `moved ${i % 11}` } });
          await fast(app, owner, 'POST', '/api/me/tasks', { body: { title: `new ${i}` } });
          if (i % 5 === 4) await fast(app, owner, 'DELETE', path);
        }
      };
      const read = async (): Promise<readonly string[]> => {
        try {
          return idsOf(await allPages(app, owner, { sort, limit: '6' }));
        } finally {
          reading = false;
        }
      };
      const [seen] = await Promise.all([read(), disturb()]);

      const stayed = new Set(staying);
      expect(seen.filter((id) => stayed.has(id)).toSorted()).toEqual(staying.toSorted());
    },
    60_000,
  );
});

describe('cursors', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    for (let i = 0; i < 3; i += 1) await aTask(app, caller, { title: `"${i}" \\ 😀 ～` });
  });
  afterAll(() => app.stop());

  const cursorOf = async (query: Readonly<Record<string, string>>, by = caller): Promise<string> =>
    String(((await list(app, by, { ...query, limit: '1' })).body as Page).next_cursor);
  const REFUSED = problemAnswer('invalid-cursor');

  it.each(SORTS)('sort=%s: are opaque text for a URL', async (sort) => {
    expect(await cursorOf({ sort })).toMatch(/^[\w-]{20,2000}$/);
  });

  it('carry the longest title', async () => {
    const owner = await aCaller();
    for (let i = 0; i < 2; i += 1) await aTask(app, owner, { title: '\u{10ffff}"'.repeat(100) });

    const pages = await allPages(app, owner, { sort: 'title', limit: '1' });

    expect(pages.map(({ items }) => items.length)).toEqual([1, 1]);
  });

  it.each(SORTS)(
    'sort=%s: a character off is refused, in the version, the binding or at the end',
    async (sort) => {
      const cursor = await cursorOf({ sort });
      // `[1,"` and a digest of 16 characters; behind it any position of the own list is a good one.
      const places = [0, 1, 2, 5, 6, 15, 26];

      for (const place of places) {
        const other = cursor[place] === 'A' ? 'B' : 'A';
        const tampered = cursor.slice(0, place) + other + cursor.slice(place + 1);
        expect(answerOf(await list(app, caller, { sort, cursor: tampered }))).toEqual(REFUSED);
      }
      for (const text of [cursor.slice(1), cursor.slice(0, -4), `${cursor}=`, `${cursor}AAAA`]) {
        expect(answerOf(await list(app, caller, { sort, cursor: text }))).toEqual(REFUSED);
      }
    },
  );

  it.each([
    ['another sort', { sort: 'title' }, { sort: '-title' }],
    ['no sort', { sort: 'title' }, {}],
    ['a filter more', {}, { completed: 'false' }],
    ['a filter less', { completed: 'false' }, {}],
    ['another value', { completed: 'false' }, { completed: 'true' }],
    ['another search', { q: '😀' }, { q: '～' }],
    [
      'another time',
      { created_after: '2020-01-01T00:00:00Z' },
      { created_after: '2020-01-01T00:00:01Z' },
    ],
    [
      'the time of another filter',
      { created_after: '2020-01-01T00:00:00Z' },
      { updated_after: '2020-01-01T00:00:00Z' },
    ],
  ])('are refused with %s', async (_, given, used) => {
    const cursor = await cursorOf(given);

    expect(answerOf(await list(app, caller, { ...used, cursor }))).toEqual(REFUSED);
    expect((await list(app, caller, { ...given, cursor })).status).toBe(200);
  });

  it('are refused of another user', async () => {
    const stranger = await aCaller();
    for (let i = 0; i < 2; i += 1) await aTask(app, stranger);
    const cursor = await cursorOf({}, stranger);

    expect(answerOf(await list(app, caller, { cursor }))).toEqual(REFUSED);
  });

  it('made by hand stay within the own list', async () => {
    const stranger = await aCaller();
    const theirs: TaskBody = await aTask(app, stranger, { title: 'secret' });
    // All that is public of a cursor of one's own, pointing at another user's task.
    const content = JSON.parse(
      Buffer.from(await cursorOf({}), 'base64url').toString(),
    ) as unknown[];
    const forged = Buffer.from(JSON.stringify([content[0], content[1], theirs.id]));

    const response = await list(app, caller, { cursor: forged.toString('base64url') });

    expect(response.status).toBe(200);
    expect(response.text).not.toContain('secret');
  });

  it.each([
    '2026-02-30 00:00:00+00',
    '2026-01-01 24:00:00+00',
    '0000-01-01 00:00:00+00',
    '2026-01-01 00:00:00+99',
    'infinity',
    '',
  ])('made by hand with the time %j are refused', async (key) => {
    const content = JSON.parse(
      Buffer.from(await cursorOf({ sort: 'updated_at' }), 'base64url').toString(),
    ) as unknown[];
    const forged = Buffer.from(JSON.stringify([...content.slice(0, 3), key]));

    expect(
      answerOf(
        await list(app, caller, { sort: 'updated_at', cursor: forged.toString('base64url') }),
      ),
    ).toEqual(REFUSED);
  });
});
