import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, emptyAnswer, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { aDeletedTask, age, trashOf } from '../support/http/trash';

describe('DELETE /api/{user_id}/trash/{task_id}', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aDeletedTask(app, caller, { title: 'A secret' });
    path = `/api/me/trash/${task.id}`;
  });
  afterAll(() => app.stop());

  const rowOf = async ({ id }: TaskBody) => {
    const [row] = await app.database.query<{ version: string; task: unknown }>(
      'select version, task from trash where id = $1',
      [id],
    );
    return row;
  };

  it('erases the task, once, and leaves that it was deleted', async () => {
    const before = await rowOf(task);

    expect(answerOf(await app.send('delete', path, caller))).toEqual(emptyAnswer(204));
    expect(answerOf(await app.send('delete', path, caller))).toEqual(
      problemAnswer('task-not-found'),
    );

    expect((await trashOf(app, caller)).body.items).not.toContainEqual(
      expect.objectContaining({ id: task.id }),
    );
    expect((await app.send('post', `${path}/restore`, caller)).status).toBe(404);
    // It is a change, whose number is the version of what is left.
    const after = await rowOf(task);
    expect(after?.task).toBeNull();
    expect(BigInt(after?.version ?? 0)).toBeGreaterThan(BigInt(before?.version ?? 0));
  });

  it.each(['If-Match', 'If-None-Match'])('refuses %s, and erases nothing', async (header) => {
    const response = await app.send('delete', path, caller).set(header, '"1"');

    const detail = 'must be absent: a deleted task has no `ETag` to compare';
    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ header, detail }] }),
    );
    expect((await rowOf(task))?.task).not.toBeNull();
  });

  it('erases what was replied to writes of the task, and of no other', async () => {
    const other = await aTask(app, caller);
    for (const { id } of [task, other]) {
      await app.database.query(
        `insert into replies (user_id, day, key, request, task_id, version, status)
         values ($1, 20000, $2, $2, $2, 1, 200)`,
        [caller.userId, id],
      );
    }

    await app.send('delete', path, caller);

    const rows = await app.database.query('select task_id from replies where user_id = $1', [
      caller.userId,
    ]);
    expect(rows).toEqual([{ task_id: other.id }]);
  });

  it('does not touch a task that is not in the trash', async () => {
    const live = await aTask(app, caller);

    const response = await app.send('delete', `/api/me/trash/${live.id}`, caller);

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
    expect((await app.send('get', `/api/me/tasks/${live.id}`, caller)).body).toEqual(live);
  });

  it("leaves another user's deleted task alone", async () => {
    const stranger = await aCaller();

    expect(answerOf(await app.send('delete', path, stranger))).toEqual(
      problemAnswer('task-not-found'),
    );
    expect(
      answerOf(await app.send('delete', `/api/${caller.userId}/trash/${task.id}`, stranger)),
    ).toEqual(problemAnswer('forbidden'));
    expect((await rowOf(task))?.task).not.toBeNull();
  });

  it('knows no task that was deleted too long ago', async () => {
    const forgetful = await aCaller();
    const { id } = await aDeletedTask(app, forgetful);
    await age(app, forgetful, 31);

    const response = await app.send('delete', `/api/me/trash/${id}`, forgetful);

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
  });

  it('has one method', async () => {
    const allow = 'DELETE, OPTIONS';

    expect(answerOf(await app.send('options', path))).toEqual(emptyAnswer(204, { allow }));
    expect(answerOf(await app.send('get', path, caller))).toEqual(
      problemAnswer('method-not-allowed', { headers: { allow } }),
    );
  });
});
