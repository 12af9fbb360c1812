import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answerOf, emptyAnswer, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask, list } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

describe('DELETE /api/{user_id}/tasks/{task_id}', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aTask(app, caller);
    path = `/api/${caller.userId}/tasks/${task.id}`;
  });
  afterAll(() => app.stop());

  it('deletes the task, once', async () => {
    const first = await app.send('delete', path, caller);
    const second = await app.send('delete', path, caller);

    expect(answerOf(first)).toEqual(emptyAnswer(204));
    expect(answerOf(second)).toEqual(problemAnswer('task-not-found'));
  });

  it('reads no body, whatever it is', async () => {
    const answer = await app
      .send('delete', path, caller)
      .set('Content-Type', 'application/json')
      .send('{"id":');

    expect(answerOf(answer)).toEqual(emptyAnswer(204));
  });

  it('leaves nothing of it', async () => {
    await app.send('delete', path, caller);

    expect(answerOf(await app.send('get', path, caller))).toEqual(problemAnswer('task-not-found'));
    expect((await list(app, caller)).body.items).not.toContainEqual(
      expect.objectContaining({ id: task.id }),
    );
    expect(await app.database.query('select from tasks where id = $1', [task.id])).toEqual([]);
  });

  it("leaves another user's task of the same id alone", async () => {
    const stranger = await aCaller();
    const foreign = await app.send('delete', `/api/${stranger.userId}/tasks/${task.id}`, stranger);

    expect(answerOf(foreign)).toEqual(problemAnswer('task-not-found'));
    expect((await app.send('get', path, caller)).body).toEqual(task);
  });
});
