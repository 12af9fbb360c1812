import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { newTask } from '../../src/tasks/task-id';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { atOnce, fast } from '../support/http/fast-requests';
import { aTask, insertTasks, list, titlesIn } from '../support/http/lists';

const LIMIT = 5;

describe('the quota of tasks', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start({ MAX_TASKS_PER_USER: String(LIMIT) });
  });
  beforeEach(async () => {
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const create = (key?: string) => {
    const request = app.send('post', '/api/me/tasks', caller);
    return (key === undefined ? request : request.set('Idempotency-Key', key)).send({ title: 'x' });
  };

  it('refuses one task too many, names the limit, and admits it once another is deleted', async () => {
    const tasks: TaskBody[] = [];
    for (let n = 0; n < LIMIT; n += 1) tasks.push(await aTask(app, caller));

    expect(answerOf(await create())).toEqual(
      problemAnswer('task-limit-reached', {
        detail: 'A user may have 5 tasks. Delete some, then create the task again.',
      }),
    );

    await app.send('delete', `/api/me/tasks/${tasks[0]?.id ?? ''}`, caller);
    expect((await create()).status).toBe(201);
    expect((await create()).status).toBe(409);
    expect(
      (await app.send('patch', `/api/me/tasks/${tasks[1]?.id ?? ''}/complete`, caller)).status,
    ).toBe(200);
  });

  it('counts tasks that were there before, those of the same user alone', async () => {
    const titles = ['1', '2', '3', '4', '5', '6', '7'];
    await insertTasks(
      app,
      caller,
      titles.map((title) => ({ title })),
    );

    expect((await create()).status).toBe(409);
    expect(titlesIn(await list(app, caller))).toHaveLength(titles.length);
    caller = await aCaller();
    expect((await create()).status).toBe(201);
  });

  it('answers a repeat with the task that the first request has made', async () => {
    for (let n = 1; n < LIMIT; n += 1) await aTask(app, caller);
    const key = v7();
    const first = await create(key);

    const repeat = await create(key);

    expect([first.status, repeat.status]).toEqual([201, 200]);
    expect(repeat.headers['idempotency-replayed']).toBe('true');
    expect(repeat.body).toEqual(first.body);
    expect((await create(v7())).status).toBe(409);
  });

  it('answers a repeat likewise under a key of another form', async () => {
    for (let n = 1; n < LIMIT; n += 1) await aTask(app, caller);
    const first = await create('the-last-one');

    const repeat = await create('the-last-one');
    const other = await create('the-last-one').send({ title: 'y' });

    expect([first.status, repeat.status, other.status]).toEqual([201, 201, 422]);
    expect(repeat.headers['idempotency-replayed']).toBe('true');
    expect(repeat.body).toEqual(first.body);
    expect((await create('one-more')).status).toBe(409);
  });

  it('leaves a bulk the room that its own deletes make', async () => {
    const tasks: TaskBody[] = [];
    for (let n = 0; n < LIMIT; n += 1) tasks.push(await aTask(app, caller));
    const { id: late } = newTask();
    const operations = [
      { operation: 'create', task: { title: 'late' }, idempotency_key: late },
      ...tasks.slice(1).map(() => ({ operation: 'create', task: { title: 'new' } })),
      ...tasks.slice(1).map(({ id }) => ({ operation: 'delete', task_id: id })),
      { operation: 'delete', task_id: late },
      { operation: 'delete', task_id: tasks[0]?.id },
    ];

    const response = await app.send('post', '/api/me/tasks/bulk', caller).send({ operations });

    const { results } = response.body as { results: readonly { status: number }[] };
    expect(results.map(({ status }) => status)).toEqual([
      ...tasks.map(() => 201),
      ...tasks.slice(1).map(() => 204),
      204,
      204,
    ]);
    expect(titlesIn(await list(app, caller))).toEqual(tasks.slice(1).map(() => 'new'));
  });

  it('may be exceeded by a tenth by completing tasks that recur, and no further', async () => {
    const daily = { title: 'x', due: '2026-01-01', recurrence: 'FREQ=DAILY' };
    const tasks: TaskBody[] = [];
    for (let n = 0; n < LIMIT; n += 1) tasks.push(await aTask(app, caller, daily));
    const completing = (n: number) =>
      app.send('patch', `/api/me/tasks/${tasks[n]?.id ?? ''}/complete`, caller);

    expect((await completing(0)).status).toBe(200);
    expect(answerOf(await completing(1))).toEqual(
      problemAnswer('task-limit-reached', {
        detail:
          'A user may have 5 tasks, and a tenth more by completing tasks that recur. Delete some, then complete the task again.',
      }),
    );
    expect(
      (
        await app
          .send('patch', `/api/me/tasks/${tasks[2]?.id ?? ''}`, caller)
          .send({ completed: true })
      ).status,
    ).toBe(409);
    expect((await app.send('patch', `/api/me/tasks/${newTask().id}/complete`, caller)).status).toBe(
      404,
    );
    expect(titlesIn(await list(app, caller))).toHaveLength(LIMIT + 1);

    await app.send('delete', `/api/me/tasks/${tasks[3]?.id ?? ''}`, caller);
    expect((await completing(1)).status).toBe(200);
  });

  it('is kept while many are created at once', async () => {
    const answers = await atOnce(40, () =>
      fast(app, caller, 'POST', '/api/me/tasks', { body: { title: 'x' } }),
    );

    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(LIMIT);
    expect(statuses.filter((status) => status === 409)).toHaveLength(40 - LIMIT);
  });
});
