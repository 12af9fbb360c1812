import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import {
  answerOf,
  emptyAnswer,
  problemAnswer,
  type TaskBody,
  TIME,
  USER_DATA,
} from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { aDeletedTask, age, trashOf } from '../support/http/trash';

describe('GET /api/{user_id}/trash', () => {
  let app: TestedApi;
  let caller: Caller;
  const lastFirst: TaskBody[] = [];

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    for (let n = 1; n <= 5; n += 1) {
      lastFirst.unshift(await aDeletedTask(app, caller, { title: `Task ${n}` }));
    }
    await aTask(app, caller, { title: 'Not deleted' });
    await aDeletedTask(app, await aCaller(), { title: 'Not yours' });
  });
  afterAll(() => app.stop());

  const trashed = (task: TaskBody | undefined) => ({
    ...task,
    deleted_at: expect.stringMatching(TIME),
  });

  it('answers with the own deleted tasks, last deleted first, as they were', async () => {
    expect(answerOf(await trashOf(app, caller))).toEqual({
      status: 200,
      headers: USER_DATA,
      body: { items: lastFirst.map(trashed), next_cursor: null },
    });
  });

  it('shows a task in the very text that a read of it had', async () => {
    const task = await aTask(app, caller, {
      title: 'Ünï "quoted" \\ 𝄞',
      description: 'a\tb\r\nc \u2028</script>',
      completed: true,
      due: '2026-12-01T09:00',
      time_zone: 'Europe/Berlin',
      priority: 4,
      tags: ['ä', '"', 'z'],
    });
    const path = `/api/me/tasks/${task.id}`;
    const read = await app.send('get', path, caller);
    await app.send('delete', path, caller);

    const { text } = await trashOf(app, caller, { limit: '1' });

    expect(text.startsWith(`{"items":[${read.text.slice(0, -1)},"deleted_at":"`)).toBe(true);
    await app.send('delete', `/api/me/trash/${task.id}`, caller);
  });

  it('links a page to the next one, by an absolute path with the UUID', async () => {
    const response = await app.send('get', '/api/me/trash?limit=3', caller);
    const next = `/api/${caller.userId}/trash?limit=3&cursor=${String(response.body.next_cursor)}`;

    expect(answerOf(response)).toEqual({
      status: 200,
      headers: { ...USER_DATA, link: `<${next}>; rel="next"` },
      body: {
        items: lastFirst.slice(0, 3).map(trashed),
        next_cursor: expect.stringMatching(/^[\w-]+$/),
      },
    });
    expect(answerOf(await app.send('get', next, caller))).toEqual({
      status: 200,
      headers: USER_DATA,
      body: { items: lastFirst.slice(3).map(trashed), next_cursor: null },
    });
  });

  it('counts all of it where the client prefers that', async () => {
    const counted = { ...USER_DATA, 'x-total-count': '5', 'preference-applied': 'count=exact' };
    const page = await app
      .send('get', '/api/me/trash?limit=5', caller)
      .set('Prefer', 'count=exact');
    expect(answerOf(page)).toEqual({
      status: 200,
      headers: counted,
      body: { items: lastFirst.map(trashed), next_cursor: null },
    });

    const empty = await app
      .send('get', '/api/me/trash', await aCaller())
      .set('Prefer', 'count=exact');
    expect(answerOf(empty)).toEqual({
      status: 200,
      headers: { ...counted, 'x-total-count': '0' },
      body: { items: [], next_cursor: null },
    });
  });

  it('is empty for somebody who has no account', async () => {
    expect(answerOf(await trashOf(app, await aCaller()))).toEqual({
      status: 200,
      headers: USER_DATA,
      body: { items: [], next_cursor: null },
    });
  });

  it('leaves out what was deleted too long ago, though nobody has swept it', async () => {
    const forgetful = await aCaller();
    await aDeletedTask(app, forgetful, { title: 'Long ago' });
    await age(app, forgetful, 31);
    const task = await aDeletedTask(app, forgetful, { title: 'Of late' });
    await age(app, forgetful, 29);
    await app.database.query(
      `update trash set task = '{"title": "Long ago"}' where user_id = $1
      and task is null`,
      [forgetful.userId],
    );

    const { body } = await trashOf(app, forgetful);

    expect(body).toEqual({ items: [trashed(task)], next_cursor: null });
  });

  it.each([
    ['limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=201', 'limit', 'must be a whole number from 1 to 200'],
    ['sort=title', 'sort', 'is not known here'],
    ['completed=true', 'completed', 'is not known here'],
  ])('refuses ?%s', async (query, parameter, detail) => {
    const { body, status } = await app.send('get', `/api/me/trash?${query}`, caller);

    expect(status).toBe(400);
    expect(body.errors).toEqual([{ parameter, detail: expect.stringContaining(detail) }]);
  });

  it('takes no cursor of another user, and none of another list', async () => {
    const stranger = await aCaller();
    for (let n = 0; n < 2; n += 1) await aTask(app, stranger);
    const ofTasks = await app.send('get', '/api/me/tasks?limit=1', stranger);
    const ofTrash = await trashOf(app, caller, { limit: '1' });

    for (const { body } of [ofTasks, ofTrash]) {
      const response = await trashOf(app, stranger, { cursor: String(body.next_cursor) });
      expect(answerOf(response)).toEqual(problemAnswer('invalid-cursor'));
    }
  });

  it('has no other methods than those of a list', async () => {
    const path = `/api/${caller.userId}/trash`;

    expect(answerOf(await app.send('options', path))).toEqual(
      emptyAnswer(204, { allow: 'GET, HEAD, OPTIONS' }),
    );
    expect(answerOf(await app.send('post', path, caller))).toEqual(
      problemAnswer('method-not-allowed', { headers: { allow: 'GET, HEAD, OPTIONS' } }),
    );
    const head = await app.send('head', path, caller);
    expect(answerOf(head)).toEqual({ status: 200, headers: USER_DATA, body: undefined });
  });
});
