import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask, list } from '../support/http/lists';
import { aDeletedTask, age, contentsOf, trashOf } from '../support/http/trash';

const LIMIT = 20;

/** A UUIDv7 of now. */
const aKey = (): string => v7();

describe('the trash', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start({ TRASH_DAYS: '7', MAX_TASKS_PER_USER: String(LIMIT) });
  });
  beforeEach(async () => {
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const create = (key: string) =>
    app.send('post', '/api/me/tasks', caller).set('Idempotency-Key', key).send({ title: 'Keyed' });
  const deleteSome = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await aDeletedTask(app, caller);
  };

  /** Past the API, which would take long. */
  const fillTrash = (count: number) =>
    app.database.query(
      `insert into trash (user_id, id, version, deleted_at, task)
       select $1, gen_random_uuid(), (extract(epoch from now()) * 1000000)::bigint + n, now(), '{}'
       from generate_series(1, $2::int) n`,
      [caller.userId, count],
    );
  /** Deletes a task under a number that ends with these digits: a sweep follows those that end with 00 or 50. */
  const deleteUnder = async (digits: number, task?: TaskBody): Promise<void> => {
    const { id } = task ?? (await aTask(app, caller));
    await app.database.query(
      `update feeds set last_change = (last_change / 100 + 1000000) * 100 + $2::int - 1 where user_id = $1`,
      [caller.userId, digits],
    );
    await app.send('delete', `/api/me/tasks/${id}`, caller);
  };

  it('loses content that is older than TRASH_DAYS, and keeps what it stands for', async () => {
    await deleteSome(3);
    await age(app, caller, 5);
    await deleteSome(1);
    await age(app, caller, 3);
    for (const digits of [1, 10, 49, 51, 99]) await deleteUnder(digits);
    const later = Array<boolean>(6).fill(true);
    expect(await contentsOf(app, caller)).toEqual([true, true, true, ...later]);

    await deleteUnder(50);

    expect(await contentsOf(app, caller)).toEqual([false, false, false, true, ...later]);
    expect((await trashOf(app, caller)).body.items).toHaveLength(7);
  });

  it('sweeps more than fifty deletions add, though not all at once', async () => {
    const tasks = [await aTask(app, caller), await aTask(app, caller), await aTask(app, caller)];
    await fillTrash(250);
    await age(app, caller, 8);

    const counts: number[] = [];
    for (const task of tasks) {
      await deleteUnder(0, task);
      counts.push((await contentsOf(app, caller)).filter((kept) => !kept).length);
    }
    expect(counts).toEqual([100, 200, 250]);
  });

  it('keeps a tombstone for a month at least, and a day', async () => {
    await deleteSome(2);
    await age(app, caller, 30);
    await deleteUnder(0);
    expect(await contentsOf(app, caller)).toEqual([false, false, true]);

    await age(app, caller, 2);
    await deleteUnder(0);

    expect(await contentsOf(app, caller)).toEqual([true, true]);
  });

  it('sweeps nothing of anybody else', async () => {
    const stranger = await aCaller();
    await aDeletedTask(app, stranger);
    await age(app, stranger, 40);

    await deleteUnder(0);

    expect(await contentsOf(app, stranger)).toEqual([true]);
  });

  it('counts in the quota, and loses the oldest content rather than keep a task from being created', async () => {
    for (let n = 0; n < LIMIT; n += 1) await aDeletedTask(app, caller, { title: `${n}` });

    const oldest = async () => {
      const { body } = await trashOf(app, caller);
      return (body.items as readonly TaskBody[]).at(-1)?.title;
    };
    expect(await oldest()).toBe('0');
    await aTask(app, caller);
    expect(await oldest()).toBe('1');
    for (let n = 1; n < LIMIT; n += 1) await aTask(app, caller);

    expect(await oldest()).toBeUndefined();
    expect(await contentsOf(app, caller)).toEqual(Array(LIMIT).fill(false));
    expect((await app.send('post', '/api/me/tasks', caller).send({ title: 'x' })).status).toBe(409);
  });

  it('answers a repeat of the create with the task that was deleted since, and makes none', async () => {
    const key = aKey();
    const { body: task } = await create(key);
    await app.send('delete', `/api/me/tasks/${key}`, caller);

    const repeat = await create(key);

    expect([repeat.status, repeat.body]).toEqual([200, task]);
    expect(repeat.headers['idempotency-replayed']).toBe('true');
    expect((await list(app, caller)).body.items).toEqual([]);
    expect((await trashOf(app, caller)).body.items).toHaveLength(1);
  });

  it('answers it so where the user has reached the limit, too', async () => {
    const key = aKey();
    const { body: task } = await create(key);
    await app.send('delete', `/api/me/tasks/${key}`, caller);
    // Past the API, so that the quota has not made room of the trash.
    await app.database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select $1, gen_random_uuid(), 'x', false, 1, now(), now() from generate_series(1, $2::int)`,
      [caller.userId, LIMIT],
    );
    await app.send('delete', `/api/me/tasks/${key}`, caller);

    const repeat = await create(key);

    expect([repeat.status, repeat.body]).toEqual([200, task]);
  });

  it('refuses it where the content has gone', async () => {
    const key = aKey();
    await create(key);
    await app.send('delete', `/api/me/tasks/${key}`, caller);
    await app.send('delete', `/api/me/trash/${key}`, caller);

    expect(answerOf(await create(key))).toEqual(problemAnswer('task-purged'));
    expect((await list(app, caller)).body.items).toEqual([]);
  });

  it('shows no repeat what has expired, though nobody has swept it', async () => {
    const key = aKey();
    await create(key);
    await app.send('delete', `/api/me/tasks/${key}`, caller);
    await age(app, caller, 8);

    expect(answerOf(await create(key))).toEqual(problemAnswer('task-purged'));
  });

  it('takes the same id again, if it has to', async () => {
    const task = await aDeletedTask(app, caller);
    await app.database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       values ($1, $2, 'Once more', false, 1, now(), now())`,
      [caller.userId, task.id],
    );

    await app.send('delete', `/api/me/tasks/${task.id}`, caller);

    expect((await trashOf(app, caller)).body.items).toEqual([
      expect.objectContaining({ id: task.id, title: 'Once more' }),
    ]);
  });

  it('goes with the account', async () => {
    await deleteSome(2);

    await app.send('delete', '/api/users/me', caller);

    expect(await contentsOf(app, caller)).toEqual([]);
    await aTask(app, caller);
    expect((await trashOf(app, caller)).body.items).toEqual([]);
  });
});

describe('the trash with TRASH_DAYS=0', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start({ TRASH_DAYS: '0' });
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  it('keeps nothing of a deleted task but that it was deleted', async () => {
    const { id } = await aDeletedTask(app, caller);

    expect(await contentsOf(app, caller)).toEqual([false]);
    expect((await trashOf(app, caller)).body).toEqual({ items: [], next_cursor: null });
    for (const path of [`/api/me/trash/${id}/restore`]) {
      expect(answerOf(await app.send('post', path, caller))).toEqual(
        problemAnswer('task-not-found'),
      );
    }
    const create = await app
      .send('post', '/api/me/tasks', caller)
      .set('Idempotency-Key', id)
      .send({ title: 'x' });
    expect(answerOf(create)).toEqual(problemAnswer('task-purged'));
  });
});
