import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { insertTasks, list, type NewTask, titlesIn } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

describe('filters of a list', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  beforeEach(async () => {
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const found = async (query: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const response = await list(app, caller, { sort: 'title', ...query });
    expect(response.status).toBe(200);
    return titlesIn(response);
  };

  /** Three tasks, a millisecond from one to the next. */
  const TIMES: readonly NewTask[] = [
    { title: 'a', created_at: '2026-03-04T05:06:07.122Z', updated_at: '2026-03-05T05:06:07.122Z' },
    { title: 'b', created_at: '2026-03-04T05:06:07.123Z', updated_at: '2026-03-05T05:06:07.123Z' },
    { title: 'c', created_at: '2026-03-04T05:06:07.124Z', updated_at: '2026-03-05T05:06:07.124Z' },
  ];
  const BOUNDS: readonly [time: string, after: string, before: string][] = [
    ['07.123Z', 'c', 'a'],
    ['07.1230Z', 'c', 'a'],
    ['07.123000000Z', 'c', 'a'],
    ['07.123000001Z', 'c', 'ab'],
    ['07.1234Z', 'c', 'ab'],
    ['07.123999999Z', 'c', 'ab'],
    ['07.124Z', '', 'ab'],
    ['07.122999999Z', 'bc', 'a'],
    ['07.12Z', 'abc', ''],
    ['07Z', 'abc', ''],
    ['08Z', '', 'abc'],
  ];

  describe.each([
    ['created', '2026-03-04T05:06:'],
    ['updated', '2026-03-05T05:06:'],
  ])('by when it was %s', (what, minute) => {
    it.each(BOUNDS)('%s: later are "%s", earlier are "%s"', async (second, after, before) => {
      await insertTasks(app, caller, TIMES);
      const bound = `${minute}${second}`;

      expect((await found({ [`${what}_after`]: bound })).join('')).toBe(after);
      expect((await found({ [`${what}_before`]: bound })).join('')).toBe(before);
      // The default order has a statement of its own.
      const newest = await list(app, caller, { [`${what}_after`]: bound });
      expect(titlesIn(newest).toReversed().join('')).toBe(after);
    });

    it.each([
      ['+02:00', (minute: string) => minute.replace('T05', 'T07')],
      ['-03:30', (minute: string) => minute.replace('T05:06', 'T01:36')],
      ['+14:00', (minute: string) => minute.replace('T05', 'T19')],
    ])('in a zone of %s', async (zone, local) => {
      await insertTasks(app, caller, TIMES);
      const bound = `${local(minute)}07.123${zone}`;

      expect(await found({ [`${what}_after`]: bound })).toEqual(['c']);
      expect(await found({ [`${what}_before`]: bound })).toEqual(['a']);
    });

    it.each([
      ['0000-01-01T00:00:00Z', true],
      ['0001-01-01T00:00:00+14:00', true],
      ['1969-12-31T23:59:59.999Z', true],
      ['9999-12-31T23:59:59.999999999Z', false],
      ['9999-12-31T23:59:59-23:59', false],
    ])('%s lies outside of everything', async (bound, early) => {
      await insertTasks(app, caller, TIMES);

      expect(await found({ [`${what}_after`]: bound })).toEqual(early ? ['a', 'b', 'c'] : []);
      expect(await found({ [`${what}_before`]: bound })).toEqual(early ? [] : ['a', 'b', 'c']);
    });
  });

  it('by a range of both times and the rest, all at once', async () => {
    await insertTasks(app, caller, [...TIMES, { ...TIMES[1], title: 'b done', completed: true }]);

    expect(
      await found({
        created_after: '2026-03-04T05:06:07.122Z',
        created_before: '2026-03-04T05:06:07.124Z',
        updated_after: '2026-03-05T05:06:07.122Z',
        updated_before: '2026-03-05T05:06:07.124Z',
        completed: 'true',
        q: 'B',
      }),
    ).toEqual(['b done']);
  });

  it.each([
    ['true', ['done']],
    ['false', ['open']],
  ])('by completed=%s', async (completed, titles) => {
    await insertTasks(app, caller, [{ title: 'done', completed: true }, { title: 'open' }]);

    expect(await found({ completed })).toEqual(titles);
  });

  it.each(['\u00e9t\u00e9', 'e\u0301te\u0301', 'e\u0301t\u00e9'])(
    'by a tag, with its accents composed or apart: %j',
    async (tag) => {
      await app
        .send('post', '/api/me/tasks', caller)
        .send({ title: 'tagged', tags: ['e\u0301te\u0301'] })
        .expect(201);

      expect(await found({ tag })).toEqual(['tagged']);
    },
  );

  it.each([
    ['milk', ['Buy MILK', 'Note']],
    ['MILK', ['Buy MILK', 'Note']],
    ['y mi', ['Buy MILK']],
    ['ärger', ['ÄRGER']],
    ['ÄRGER', ['ÄRGER']],
    ['жук', ['ЖУК']],
    ['ΑΘΗΝΑ', ['Αθηνα']],
    ['100%', ['100% sure']],
    ['%', ['100% sure']],
    ['_', ['snake_case']],
    ['\\', ['back\\slash']],
    ['\\_', []],
    ["'", ["it's"]],
    ['--', []],
    ['  ', []],
    ['é', ['cafe\u0301', 'café']],
    ['e\u0301', ['cafe\u0301', 'café']],
    ['👩‍👧', ['👩‍👧 day']],
    ['👩', ['👩‍👧 day']],
    ['second line', ['Note']],
  ])('by text in title or description: %s', async (q, titles) => {
    await insertTasks(app, caller, [
      { title: 'Buy MILK' },
      { title: 'Note', description: 'first line\nSecond line, and milk' },
      { title: '100% sure' },
      { title: '1000 sure' },
      { title: 'snake_case' },
      { title: 'back\\slash' },
      { title: "it's" },
      { title: 'café' },
      { title: 'cafe\u0301' },
      { title: '👩‍👧 day' },
      { title: 'ÄRGER' },
      { title: 'ЖУК' },
      { title: 'Αθηνα' },
    ]);

    expect(await found({ q })).toEqual(titles);
  });

  it('finds nothing of another user', async () => {
    const other = await aCaller();
    await insertTasks(app, other, [{ title: 'secret' }]);
    await insertTasks(app, caller, [{ title: 'own' }]);

    for (const query of [{ q: 'secret' }, { sort: '-title' }, { completed: 'false' }]) {
      expect(await found(query)).not.toContain('secret');
    }
  });
});

describe('orders of a list', () => {
  const TASKS: readonly NewTask[] = [
    { title: 'b', created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-09T00:00:00.000Z' },
    { title: 'Z', created_at: '2026-01-02T00:00:00.000Z', updated_at: '2026-01-03T00:00:00.001Z' },
    { title: 'ä', created_at: '2026-01-03T00:00:00.000Z', updated_at: '2026-01-03T00:00:00.000Z' },
    { title: '😀', created_at: '2026-01-04T00:00:00.000Z', updated_at: '2026-01-08T00:00:00.000Z' },
    { title: '～', created_at: '2026-01-05T00:00:00.000Z', updated_at: '2026-01-05T00:00:00.000Z' },
    { title: 'a', created_at: '2026-01-06T00:00:00.000Z', updated_at: '2026-01-06T00:00:00.000Z' },
  ];
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    await insertTasks(app, caller, TASKS);
  });
  afterAll(() => app.stop());

  // Code points, not UTF-16: ～ (U+FF5E) comes before 😀 (U+1F600), whose first half is U+D83D.
  it.each([
    ['created_at', 'bZä😀～a'],
    ['updated_at', 'äZ～a😀b'],
    ['title', 'Zabä～😀'],
  ])('by %s, and the other way round', async (sort, order) => {
    const there = titlesIn(await list(app, caller, { sort }));
    const back = titlesIn(await list(app, caller, { sort: `-${sort}` }));

    expect(there.join('')).toBe(order);
    expect(back).toEqual(there.toReversed());
  });
});
