import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import type { TaskBody } from '../support/http/answers';
import { aTask, etagOf } from '../support/http/lists';

/** Whatever the day is: the year after next begins on a day that is not before today. */
const YEAR = new Date().getUTCFullYear() + 2;
const DUE = `${YEAR}-01-31T09:00`;
const NEXT = `${YEAR}-02-01T09:00`;
const DAILY = { due: DUE, time_zone: 'Europe/Berlin', recurrence: 'FREQ=DAILY' };

describe('completing a task that recurs', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  beforeEach(async () => {
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const all = async (): Promise<readonly TaskBody[]> =>
    (await app.send('get', '/api/me/tasks', caller)).body.items as TaskBody[];
  const open = async (): Promise<readonly TaskBody[]> =>
    (await all()).filter(({ completed }) => !completed);
  const idIn = (link: unknown): string =>
    /^<\/api\/[0-9a-f-]{36}\/tasks\/([0-9a-f-]{36})>; rel="next"$/.exec(String(link))?.[1] ?? '';

  const WAYS: readonly (readonly [string, (task: TaskBody) => ReturnType<TestedApi['send']>])[] = [
    ['a toggle', ({ id }) => app.send('patch', `/api/me/tasks/${id}/complete`, caller)],
    [
      'a complete',
      ({ id }) =>
        app.send('patch', `/api/me/tasks/${id}/complete`, caller).send({ completed: true }),
    ],
    [
      'a patch',
      ({ id }) => app.send('patch', `/api/me/tasks/${id}`, caller).send({ completed: true }),
    ],
    [
      'a put',
      (task) =>
        app.send('put', `/api/me/tasks/${task.id}`, caller).send({ ...task, completed: true }),
    ],
  ];

  it.each(WAYS)('by %s makes its successor, and keeps it without its rule', async (_, complete) => {
    const parent = await aTask(app, caller, { completed: true });
    const fields = {
      ...DAILY,
      title: 'Water the flowers',
      description: 'all of them',
      recurrence_from: 'due',
      priority: 3,
      tags: ['home'],
      parent_id: parent.id,
    };
    const task = await aTask(app, caller, fields);

    const response = await complete(task);

    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({
      ...fields,
      id: task.id,
      completed: true,
      recurrence: null,
    });
    const id = idIn(response.headers['link']);
    expect(await open()).toEqual([
      {
        ...task,
        id,
        due: NEXT,
        position: expect.any(String),
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
    // A retry finds no rule any more.
    const again = await app
      .send('patch', `/api/me/tasks/${task.id}`, caller)
      .send({ completed: true });
    expect([again.status, again.headers['link']]).toEqual([200, undefined]);
    expect(await all()).toHaveLength(3);
  });

  it.each(WAYS)('by %s under If-Match does so once', async (_, complete) => {
    const task = await aTask(app, caller, DAILY);
    const etag = await etagOf(app, caller, task);

    const answers = await Promise.all(
      Array.from({ length: 6 }, () => complete(task).set('If-Match', etag)),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    expect(await all()).toHaveLength(2);
  });

  it('by twins at the same time makes one successor', async () => {
    const task = await aTask(app, caller, DAILY);

    const answers = await Promise.all(
      WAYS.slice(1).flatMap(([, complete]) => [complete(task), complete(task), complete(task)]),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.filter(({ headers }) => headers['link'] !== undefined)).toHaveLength(1);
    expect(await open()).toMatchObject([{ due: NEXT, recurrence: 'FREQ=DAILY' }]);
  });

  it('by repeats under one key makes one successor', async () => {
    const task = await aTask(app, caller, DAILY);
    const send = (key: string) =>
      app.send('patch', `/api/me/tasks/${task.id}/complete`, caller).set('Idempotency-Key', key);

    const answers = await Promise.all(Array.from({ length: 6 }, () => send('complete-once')));
    answers.push(await send('complete-once'));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.filter(({ body }) => body.completed !== true)).toEqual([]);
    const first = answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined);
    expect(first.map(({ headers }) => idIn(headers['link']))).toEqual([(await open())[0]?.id]);
    expect(await all()).toHaveLength(2);
  });

  it('goes by the rule that the task then has', async () => {
    const { id } = await aTask(app, caller, DAILY);
    const put = await app
      .send('put', `/api/me/tasks/${id}`, caller)
      .send({ title: 'a', due: DUE, completed: true });
    expect([put.status, put.headers['link'], await open()]).toEqual([200, undefined, []]);

    const other = await aTask(app, caller, { title: 'b', due: DUE });
    const changes = {
      title: 'c',
      recurrence: 'FREQ=YEARLY',
      due: `${YEAR}-03-01`,
      completed: true,
    };
    const patch = await app.send('patch', `/api/me/tasks/${other.id}`, caller).send(changes);
    expect(patch.body).toMatchObject({ ...changes, recurrence: null });
    expect(await open()).toMatchObject([
      { title: 'c', due: `${YEAR + 1}-03-01`, recurrence: 'FREQ=YEARLY' },
    ]);
    const cleared = await aTask(app, caller, DAILY);
    const last = { completed: true, recurrence: null };
    const done = await app.send('patch', `/api/me/tasks/${cleared.id}`, caller).send(last);
    expect([done.status, done.headers['link']]).toEqual([200, undefined]);
  });

  it('refuses what does not fit, and completes nothing', async () => {
    const task = await aTask(app, caller, { ...DAILY, recurrence: 'FREQ=MONTHLY;BYMONTHDAY=31' });
    const path = `/api/me/tasks/${task.id}`;

    const misfit = { completed: true, due: `${YEAR}-01-30` };
    const response = await app.send('patch', path, caller).send(misfit);
    expect(response.body).toMatchObject({ code: 'validation', errors: [{ pointer: '/due' }] });
    const orphan = { completed: true, parent_id: task.id };
    const under = await app.send('patch', path, caller).send(orphan);
    expect(under.body).toMatchObject({ code: 'parent-invalid' });
    const put = await app.send('put', path, caller).send({ ...task, ...orphan });
    expect(put.body).toMatchObject({ code: 'parent-invalid' });
    expect(await all()).toEqual([task]);
  });

  it.each([
    ['FREQ=DAILY;UNTIL=2026', { recurrence: `FREQ=DAILY;UNTIL=${YEAR}0131` }],
    ['the end of time', { due: '9999-12-31', time_zone: null, recurrence: 'FREQ=YEARLY' }],
  ])('ends with %s', async (_, fields) => {
    const task = await aTask(app, caller, { ...DAILY, ...fields });

    const { body, headers } = await app.send('patch', `/api/me/tasks/${task.id}/complete`, caller);

    expect(body).toMatchObject({ completed: true, recurrence: null });
    expect(headers['link']).toBeUndefined();
    expect(await open()).toEqual([]);
  });

  it('skips what is past, and counts from the completion where it should', async () => {
    const day = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
    const days = [day(0), day(1)];
    const rule = { due: '2020-01-01T08:00', time_zone: 'UTC' };
    const late = await aTask(app, caller, { ...rule, recurrence: 'FREQ=DAILY' });
    const chore = await aTask(app, caller, {
      ...rule,
      recurrence: 'FREQ=DAILY;INTERVAL=3',
      recurrence_from: 'completion',
    });
    for (const { id } of [late, chore]) {
      await app.send('patch', `/api/me/tasks/${id}/complete`, caller);
    }

    const [first = '', second = ''] = (await open()).map(({ due }) => due ?? '').sort();
    // Around midnight it is the second of them.
    expect(days.map((one) => `${one}T08:00`)).toContain(first);
    expect(Date.parse(`${second}Z`) - Date.parse(`${first}Z`)).toBe(3 * 86_400_000);
  });

  it('is undone by deleting the successor, and giving the task its rule again', async () => {
    const task = await aTask(app, caller, DAILY);
    const path = `/api/me/tasks/${task.id}`;
    const done = await app.send('patch', `${path}/complete`, caller);

    await app.send('delete', `/api/me/tasks/${idIn(done.headers['link'])}`, caller);
    const { recurrence } = task;
    const undone = await app.send('patch', path, caller).send({ completed: false, recurrence });

    expect(undone.body).toEqual({ ...task, updated_at: undone.body.updated_at });
    expect(await all()).toEqual([undone.body]);
  });

  it('is a change of both tasks, one after the other', async () => {
    const task = await aTask(app, caller, DAILY);
    let token = (await app.send('get', '/api/me/tasks/changes', caller)).body.next as string;
    const since = async (query = '') => {
      const path = `/api/me/tasks/changes?after=${token}${query}`;
      const { body } = await app.send('get', path, caller);
      token = body.next as string;
      return body.items as TaskBody[];
    };
    await since();

    const done = await app.send('patch', `/api/me/tasks/${task.id}/complete`, caller);

    const id = idIn(done.headers['link']);
    // A page may end between them.
    expect(await since('&limit=1')).toEqual([done.body]);
    expect(await since('&limit=1')).toEqual(await open());
    expect((await app.send('get', `/api/me/tasks/${id}`, caller)).body.due).toBe(NEXT);
  });

  it('in a bulk links to the successor, too', async () => {
    const task = await aTask(app, caller, DAILY);
    const operations = [{ operation: 'complete', task_id: task.id, completed: true }];

    const { body } = await app.send('post', '/api/me/tasks/bulk', caller).send({ operations });

    const [{ link, ...result }] = body.results as [{ link: string }];
    expect(result).toMatchObject({ status: 200, task: { completed: true, recurrence: null } });
    expect((await open()).map(({ id }) => id)).toEqual([idIn(link)]);
  });

  it('is left alone by an earlier release, whose completed task has no rule any more', async () => {
    const { id } = await aTask(app, caller, DAILY);
    await app.database.query('update tasks set completed = true where id = $1', [id]);
    const path = `/api/me/tasks/${id}`;

    expect((await app.send('get', path, caller)).body).toMatchObject({ recurrence: null });
    const reopened = await app.send('patch', `${path}/complete`, caller);
    expect(reopened.body).toMatchObject({ completed: false, recurrence: null });
    expect((await app.send('patch', `${path}/complete`, caller)).headers['link']).toBeUndefined();
  });
});
