import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Response } from 'supertest';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask, insertTasks, type NewTask, type Page } from '../support/http/lists';

const ZONES = ['UTC', 'Europe/Berlin', 'Australia/Sydney', 'America/Los_Angeles', 'Asia/Kolkata'];
const TAGS = ['home', 'Home', 'b\u00fcro', '"\\', '{a,b}'];
const HOUR_MS = 3_600_000;
const TASKS = 150;

interface Query {
  readonly completed?: boolean;
  readonly due_before?: string;
  readonly due_after?: string;
  readonly overdue?: boolean;
  readonly time_zone?: string;
  readonly no_due?: boolean;
  readonly priority?: number;
  readonly priority_min?: number;
  readonly tag?: readonly string[];
  readonly q?: string;
  readonly sort?: string;
  readonly limit?: number;
}

/** What a clock shows there: Swedish writes dates as ISO 8601 does. */
function clock(ms: number, timeZone: string): string {
  const format = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
  return new Date(ms).toLocaleString('sv-SE', format).replace(' ', 'T');
}

/** Hours around now, so that some are of yesterday, of today and of tomorrow in every zone. */
function someTasks(): readonly NewTask[] {
  const now = Date.now();
  return Array.from({ length: TASKS }, (_, n) => {
    const zone = n % 3 === 0 ? null : (ZONES[n % ZONES.length] ?? null);
    // Never at this minute, which may pass during the test.
    const at = clock(now + (((n * 7) % 60) - 29.5) * HOUR_MS, zone ?? 'UTC');
    const kind = n % 5;
    return {
      title: `task ${n % 10}`,
      completed: n % 4 === 0,
      due: kind === 0 ? null : kind < 3 ? at.slice(0, 10) : at,
      time_zone: kind < 3 ? null : zone,
      priority: n % 7 > 4 ? 0 : n % 7,
      tags: TAGS.filter((_tag, m) => (n >> m) % 2 === 1),
    };
  });
}

function isOverdue({ completed, due, time_zone: zone }: TaskBody, at: string): boolean {
  if (completed || due === null) return false;
  const now = Date.now();
  return due.length === 10 ? due < clock(now, at).slice(0, 10) : due < clock(now, zone ?? at);
}

function isDueToday({ completed, due, time_zone: zone }: TaskBody, at: string): boolean {
  if (completed || due === null) return false;
  const today = clock(Date.now(), at).slice(0, 10);
  if (due.length === 10 || zone === null) return due.slice(0, 10) === today;
  const there = clock(Date.now(), zone);
  // Both are the same distance from now.
  const distance = Date.parse(`${due}Z`) - Date.parse(`${there}Z`);
  return clock(Date.now() + distance, at).slice(0, 10) === today;
}

function matches(task: TaskBody, query: Query): boolean {
  const { due, priority, tags } = task;
  return [
    query.completed === undefined || task.completed === query.completed,
    query.due_before === undefined || (due !== null && due < query.due_before),
    query.due_after === undefined || (due !== null && due > query.due_after),
    query.overdue === undefined || isOverdue(task, query.time_zone ?? 'UTC') === query.overdue,
    query.no_due === undefined || (due === null) === query.no_due,
    query.priority === undefined || priority === query.priority,
    query.priority_min === undefined || priority >= query.priority_min,
    (query.tag ?? []).every((tag) => tags.includes(tag)),
    query.q === undefined || task.title.includes(query.q),
  ].every(Boolean);
}

/** Texts compare by code point, ties by id, and what has no value is last both ways. */
function compare(sort: string): (a: TaskBody, b: TaskBody) => number {
  const sign = sort.startsWith('-') ? -1 : 1;
  const key = sort.replace('-', '') as 'due' | 'priority' | 'created_at';
  return (a, b) => {
    const [one, other] = [a[key], b[key]];
    if (one === null || other === null) {
      if (one !== other) return one === null ? 1 : -1;
    } else if (one !== other) return one < other ? -sign : sign;
    return a.id < b.id ? -sign : sign;
  };
}

const days = fc
  .integer({ min: -2, max: 2 })
  .map((day) => clock(Date.now() + day * 24 * HOUR_MS, 'UTC'));
const dues = fc.oneof(
  days,
  days.map((day) => day.slice(0, 10)),
);
const queries: fc.Arbitrary<Query> = fc.record(
  {
    completed: fc.boolean(),
    due_before: dues,
    due_after: dues,
    overdue: fc.boolean(),
    no_due: fc.boolean(),
    priority: fc.nat({ max: 4 }),
    priority_min: fc.nat({ max: 4 }),
    tag: fc.uniqueArray(fc.constantFrom(...TAGS), { minLength: 1, maxLength: 3 }),
    q: fc.constantFrom('task', '1'),
  },
  { requiredKeys: [] },
);
const orders = fc.record({
  sort: fc.constantFrom('due', '-due', 'priority', '-priority', 'created_at', '-created_at'),
  limit: fc.constantFrom(7, 50, 200),
  zone: fc.constantFrom(...ZONES),
});

describe('lists by due, priority and tags', () => {
  let app: TestedApi;
  let caller: Caller;
  let all: readonly TaskBody[];

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    await insertTasks(app, caller, someTasks());
    all = (await pages({ limit: 200 })).items;
    expect(all).toHaveLength(TASKS);
  });
  afterAll(() => app.stop());

  const get = (path: string) => app.send('get', path, caller);
  const parametersOf = (query: object): string => {
    const parameters = new URLSearchParams();
    for (const [name, values] of Object.entries(query)) {
      for (const value of [values as unknown].flat()) parameters.append(name, String(value));
    }
    return parameters.toString();
  };
  /** All pages, by the link of each to the next one. */
  const pages = async (query: Query): Promise<{ items: TaskBody[]; total: string }> => {
    const items: TaskBody[] = [];
    let total = '';
    for (let next: string | undefined = `/api/me/tasks?${parametersOf(query)}`; next;) {
      const response: Response = await get(next).set('Prefer', 'count=exact');
      expect(response.status).toBe(200);
      items.push(...(response.body as Page).items);
      total = response.headers['x-total-count'] ?? '';
      next = /<([^>]*)>; rel="next"/.exec(response.headers['link'] ?? '')?.[1];
    }
    return { items, total };
  };

  it('are those of a model in memory, in any combination, on all pages, and counted', async () => {
    await fc.assert(
      fc.asyncProperty(queries, orders, async (filters, { sort, limit, zone }) => {
        const inZone = filters.overdue === undefined ? {} : { time_zone: zone };
        const query = { ...filters, ...inZone, sort, limit };
        const expected = all.filter((task) => matches(task, query)).sort(compare(sort));

        const { items, total } = await pages(query);

        expect(items.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        expect(total).toBe(String(expected.length));
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  it('of open tasks alone are the same without a count, which a lane reads', async () => {
    const expected = all.filter(({ completed }) => !completed).sort(compare('-created_at'));
    const ids: string[] = [];
    for (let next: string | undefined = '/api/me/tasks?completed=false&limit=20'; next;) {
      const response: Response = await get(next);
      ids.push(...(response.body as Page).items.map(({ id }) => id));
      next = /<([^>]*)>; rel="next"/.exec(response.headers['link'] ?? '')?.[1];
    }
    expect(ids).toEqual(expected.map(({ id }) => id));
  });

  it.each(ZONES)('have a summary, by the clock of %s', async (zone) => {
    const response = await get(`/api/me/tasks/summary?time_zone=${zone}`);
    const open = all.filter(({ completed }) => !completed);
    const counts = TAGS.map((name) => ({
      name,
      open: open.filter(({ tags }) => tags.includes(name)).length,
    }));
    expect(response.body).toEqual({
      open: open.length,
      overdue: open.filter((task) => isOverdue(task, zone)).length,
      due_today: open.filter((task) => isDueToday(task, zone)).length,
      tags: counts.sort((a, b) => b.open - a.open || (a.name < b.name ? -1 : 1)),
    });
  });

  it('summarize nothing for somebody new, and at most 100 tags', async () => {
    const other = await aCaller();
    const nothing = await app.send('get', '/api/me/tasks/summary', other);
    expect(nothing.body).toEqual({ open: 0, overdue: 0, due_today: 0, tags: [] });

    for (let n = 0; n < 11; n += 1) {
      await aTask(app, other, { tags: Array.from({ length: 10 }, (_, m) => `tag ${n} ${m}`) });
    }
    const many = await app.send('get', '/api/me/tasks/summary', other);
    expect(many.body.tags).toHaveLength(100);
  });

  it.each([
    [
      'due_before=tomorrow',
      'due_before',
      'must be YYYY-MM-DD or YYYY-MM-DDTHH:MM, such as 2026-12-01 or 2026-12-01T09:00',
    ],
    ['due_after=2026-02-30', 'due_after', 'must be on a day that exists: its month has 28 days'],
    ['overdue=yes', 'overdue', 'must be true or false'],
    [
      'overdue=true&time_zone=Mars',
      'time_zone',
      'must be the IANA name of a time zone, such as Europe/Berlin or UTC',
    ],
    ['overdue=true&time_zone=europe/berlin', 'time_zone', 'must be spelt Europe/Berlin'],
    ['time_zone=UTC', 'time_zone', 'must be given with overdue, or not at all'],
    ['no_due=1', 'no_due', 'must be true or false'],
    ['priority=5', 'priority', 'must be a whole number from 0 (none) to 4 (highest)'],
    ['priority_min=', 'priority_min', 'must be a whole number from 0 (none) to 4 (highest)'],
    ['tag=', 'tag', 'must not be blank'],
    ['tag=a&tag=a', 'tag', 'must not be repeated'],
    ['priority=1&priority=2', 'priority', 'must be given once'],
  ])('refuse %s', async (query, parameter, detail) => {
    expect(answerOf(await get(`/api/me/tasks?${query}`))).toEqual(
      problemAnswer('validation', { errors: [{ parameter, detail }] }),
    );
  });

  it.each([
    [
      'time_zone=Mars',
      'time_zone',
      'must be the IANA name of a time zone, such as Europe/Berlin or UTC',
    ],
    ['limit=1', 'limit', 'is not known here'],
  ])('refuse a summary with %s', async (query, parameter, detail) => {
    expect(answerOf(await get(`/api/me/tasks/summary?${query}`))).toEqual(
      problemAnswer('validation', { errors: [{ parameter, detail }] }),
    );
  });
});
