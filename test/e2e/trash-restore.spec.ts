import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import {
  answerOf,
  emptyAnswer,
  problemAnswer,
  taskAnswer,
  type TaskBody,
} from '../support/http/answers';
import { list } from '../support/http/lists';
import { aDeletedTask, age, trashOf } from '../support/http/trash';

const FIELDS = {
  title: 'Call "Ü"',
  description: 'a\r\nb',
  completed: true,
  due: '2026-12-01T09:00',
  time_zone: 'Europe/Berlin',
  priority: 2,
  tags: ['b', 'a'],
};

describe('POST /api/{user_id}/trash/{task_id}/restore', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  beforeEach(async () => {
    caller = await aCaller();
    task = await aDeletedTask(app, caller, FIELDS);
    path = `/api/me/trash/${task.id}/restore`;
  });
  afterAll(() => app.stop());

  const restore = () => app.send('post', path, caller);

  it('answers with the task as it was, of a new version and a later time, once', async () => {
    const restored = await restore();

    expect(answerOf(restored)).toEqual(
      taskAnswer(
        200,
        { ...task, updated_at: expect.any(String) },
        { etag: expect.stringMatching(/^"[1-9]\d*"$/) },
      ),
    );
    expect(restored.body.updated_at > task.updated_at).toBe(true);
    expect(answerOf(await restore())).toEqual(problemAnswer('task-not-found'));
  });

  it('puts it back into the lists, and out of the trash', async () => {
    const { body, headers } = await restore();

    const read = await app.send('get', `/api/${caller.userId}/tasks/${task.id}`, caller);
    expect([read.body, read.headers['etag']]).toEqual([body, headers['etag']]);
    expect((await list(app, caller)).body.items).toEqual([body]);
    expect((await trashOf(app, caller)).body.items).toEqual([]);
    expect(await app.database.query('select from trash where id = $1', [task.id])).toEqual([]);
  });

  it('is a change, so the version before the deletion is no longer good', async () => {
    const { headers } = await restore();
    const change = (etag: string) =>
      app
        .send('patch', `/api/me/tasks/${task.id}`, caller)
        .set('If-Match', etag)
        .send({ priority: 1 });

    expect((await change('"1"')).status).toBe(412);
    expect((await change(headers['etag'] ?? '')).status).toBe(200);
  });

  it('may be repeated after each deletion', async () => {
    for (let n = 0; n < 3; n += 1) {
      expect((await restore()).status).toBe(200);
      expect((await app.send('delete', `/api/me/tasks/${task.id}`, caller)).status).toBe(204);
    }
    expect((await trashOf(app, caller)).body.items).toHaveLength(1);
  });

  it('answers without a body where the client prefers that', async () => {
    expect(answerOf(await restore().set('Prefer', 'return=minimal'))).toEqual(
      emptyAnswer(204, {
        etag: expect.any(String),
        'cache-control': 'private, no-cache',
        vary: 'Authorization',
        'preference-applied': 'return=minimal',
      }),
    );
  });

  it.each(['If-Match', 'If-None-Match'])('refuses %s, and leaves it deleted', async (header) => {
    const response = await restore().set(header, '*');

    const detail = 'must be absent: a deleted task has no `ETag` to compare';
    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ header, detail }] }),
    );
    expect((await restore()).status).toBe(200);
  });

  it.each(['{"id":', '{"title":"Another"}', 'x'.repeat(200_000)])(
    'refuses a body, which it would ignore: %.20s',
    async (body) => {
      const response = await restore().set('Content-Type', 'text/plain').send(body);

      const detail = 'must be absent, or {}: nothing is taken from it';
      expect(answerOf(response)).toEqual(
        problemAnswer('validation', { errors: [{ pointer: '', detail }] }),
      );
      expect((await restore().send({})).status).toBe(200);
    },
  );

  it('gives a column that is younger than the deletion its default', async () => {
    await app.database.query(
      `update trash set task = task - 'due' - 'time_zone' - 'priority' - 'tags' - 'completed_at'
       where id = $1`,
      [task.id],
    );
    const { deleted_at: _, ...shown } = (await trashOf(app, caller)).body.items[0];
    const old = { due: null, time_zone: null, priority: 0, tags: [], completed_at: null };

    expect(shown).toEqual({ ...task, ...old });
    expect((await restore()).body).toEqual({ ...task, ...old, updated_at: expect.any(String) });
  });

  it.each([
    ['of another user', () => aCaller().then((stranger) => aDeletedTask(app, stranger))],
    ['that was never there', () => Promise.resolve({ id: '01977a3e-7b5c-7c3d-8e4f-5a6b7c8d9e0f' })],
  ])('knows no task %s', async (_, other) => {
    const { id } = await other();

    const response = await app.send('post', `/api/me/trash/${id}/restore`, caller);

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
  });

  it('knows no task that was deleted too long ago, though nobody has swept it', async () => {
    await age(app, caller, 29);
    expect((await restore()).status).toBe(200);
    await app.send('delete', `/api/me/tasks/${task.id}`, caller);
    await age(app, caller, 30);

    expect(answerOf(await restore())).toEqual(problemAnswer('task-not-found'));
  });

  it('has one method', async () => {
    const allow = 'OPTIONS, POST';

    expect(answerOf(await app.send('options', path))).toEqual(emptyAnswer(204, { allow }));
    expect(answerOf(await app.send('get', path, caller))).toEqual(
      problemAnswer('method-not-allowed', { headers: { allow } }),
    );
  });

  it('restores once when it is asked many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => restore()));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(404)]);
    expect((await list(app, caller)).body.items).toHaveLength(1);
  });
});
