import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf, type TaskBody, USER_DATA } from '../support/http/answers';
import { aTask, list, type Page } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

describe('GET /api/{user_id}/tasks', () => {
  let app: TestedApi;
  let caller: Caller;
  const newestFirst: TaskBody[] = [];

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    for (let i = 1; i <= 5; i += 1) {
      newestFirst.unshift(await aTask(app, caller, { title: `Task ${i}`, completed: i % 2 === 0 }));
    }
    await aTask(app, await aCaller(), { title: 'Not yours' });
  });
  afterAll(() => app.stop());

  it('answers with the own tasks, newest first, whole', async () => {
    expect(answerOf(await list(app, caller))).toEqual({
      status: 200,
      headers: USER_DATA,
      body: { items: newestFirst, next_cursor: null },
    });
  });

  it('links a page to the next one, by an absolute path with the UUID', async () => {
    const response = await app.send('get', '/api/me/tasks?limit=2&completed=false', caller);
    const { items, next_cursor: cursor } = response.body as Page;
    const next = `/api/${caller.userId}/tasks?limit=2&completed=false&cursor=${String(cursor)}`;

    expect(answerOf(response)).toEqual({
      status: 200,
      headers: { ...USER_DATA, link: `<${next}>; rel="next"` },
      body: { items: [newestFirst[0], newestFirst[2]], next_cursor: expect.any(String) },
    });
    expect(items).toHaveLength(2);
    expect(answerOf(await app.send('get', next, caller))).toEqual({
      status: 200,
      headers: USER_DATA,
      body: { items: [newestFirst[4]], next_cursor: null },
    });
  });

  it('keeps every parameter in the link, encoded', async () => {
    const query = {
      q: 'task',
      sort: '-title',
      limit: '1',
      created_after: '2020-01-01T00:00:00+02:00',
    };
    const response = await list(app, caller, query);

    const [, target] = /^<([^>]+)>; rel="next"$/.exec(response.headers['link'] ?? '') ?? [];
    const url = new URL(target ?? '', 'http://x');
    expect(url.pathname).toBe(`/api/${caller.userId}/tasks`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...query,
      cursor: response.body.next_cursor,
    });
    expect((await app.send('get', target ?? '', caller)).body.items[0].title).toBe('Task 4');
  });

  it.each([
    [1, 1],
    [4, 4],
    [5, 5],
    [6, 5],
    [200, 5],
  ])('limit=%d answers with %d', async (limit, count) => {
    const { body, headers } = await list(app, caller, { limit: String(limit) });

    expect(body.items).toEqual(newestFirst.slice(0, count));
    expect(body.next_cursor === null).toBe(limit >= 5);
    expect(headers['link'] === undefined).toBe(limit >= 5);
  });

  it('has 50 tasks on a page by default', async () => {
    const busy = await aCaller();
    for (let i = 0; i < 51; i += 1) await aTask(app, busy);

    const { items, next_cursor: cursor } = (await list(app, busy)).body as Page;

    expect(items).toHaveLength(50);
    expect((await list(app, busy, { cursor: cursor ?? '' })).body.items).toHaveLength(1);
  });

  it.each([
    [{}, '5'],
    [{ limit: '2' }, '5'],
    [{ completed: 'true' }, '2'],
    [{ q: 'TASK 3' }, '1'],
    [{ q: 'nothing' }, '0'],
    [{ sort: 'title', limit: '1' }, '5'],
  ])('counts what matches %j where the client prefers that', async (query, total) => {
    const response = await list(app, caller, query);
    const path = `/api/me/tasks?${new URLSearchParams(query).toString()}`;
    const counted = await app.send('get', path, caller).set('Prefer', 'count=exact');

    expect(counted.body).toEqual(response.body);
    expect(counted.headers).toMatchObject({
      'x-total-count': total,
      'preference-applied': 'count=exact',
    });
    expect(response.headers['x-total-count']).toBeUndefined();
    expect(response.headers['preference-applied']).toBeUndefined();
  });

  it('counts the whole list on every page of it', async () => {
    const first = await app.send('get', '/api/me/tasks?limit=3', caller);
    const next = `/api/me/tasks?limit=3&cursor=${String(first.body.next_cursor)}`;
    const second = await app.send('get', next, caller).set('Prefer', 'count=exact');

    expect(second.headers['x-total-count']).toBe('5');
    expect(second.body.items).toEqual(newestFirst.slice(3));
  });

  it.each(['count=planned', 'counts=exact', 'return=minimal', 'count', ''])(
    'passes over Prefer: %s',
    async (preference) => {
      const response = await app.send('get', '/api/me/tasks', caller).set('Prefer', preference);

      expect(answerOf(response)).toEqual(answerOf(await list(app, caller)));
    },
  );

  it('does not say that it applied a preference to a refused request', async () => {
    const response = await app
      .send('get', '/api/me/tasks?cursor=x', caller)
      .set('Prefer', 'count=exact');

    expect(response.status).toBe(400);
    expect(response.headers['preference-applied']).toBeUndefined();
  });

  it('answers HEAD as GET, without the body', async () => {
    const path = '/api/me/tasks?limit=2';
    const got = await app.send('get', path, caller);
    const headed = await app.send('head', path, caller);

    expect(answerOf(headed)).toEqual({ ...answerOf(got), body: undefined });
    expect(headed.headers['content-length']).toBe(got.headers['content-length']);
  });
});
