import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ETAG,
  answerOf,
  emptyAnswer,
  problemAnswer,
  type TaskBody,
  taskAnswer,
  USER_DATA,
} from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const MERGE_PATCH = 'application/merge-patch+json';
const OTHER_ID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe('PATCH /api/{user_id}/tasks/{task_id}', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aTask(app, caller, { title: 'Old', description: 'old', completed: true });
    path = `/api/${caller.userId}/tasks/${task.id}`;
  });
  afterAll(() => app.stop());

  const patch = (body: object) =>
    app.send('patch', path, caller).set('Content-Type', MERGE_PATCH).send(JSON.stringify(body));
  const stored = async () => (await app.send('get', path, caller)).body as TaskBody;

  it.each([
    [{ title: ' New ' }, { title: 'New' }],
    [{ description: 'new' }, { description: 'new' }],
    [{ description: '' }, { description: '' }],
    [{ description: null }, { description: null }],
    [{ completed: false }, { completed: false }],
    [{ completed: true }, { completed: true }],
    [
      { title: 'A', description: null, completed: false },
      { title: 'A', description: null, completed: false },
    ],
  ])('%j changes what it names, and keeps the rest', async (changes, changed) => {
    const response = await patch(changes);

    expect(answerOf(response)).toEqual(
      taskAnswer(
        200,
        { ...task, ...changed, updated_at: response.body.updated_at },
        { etag: ETAG },
      ),
    );
    expect(response.body.updated_at > task.updated_at).toBe(true);
    expect(await stored()).toEqual(response.body);
  });

  it('takes plain JSON as a merge patch', async () => {
    const response = await app.send('patch', path, caller).send({ description: null });

    expect(answerOf(response)).toEqual(
      taskAnswer(
        200,
        { ...task, description: null, updated_at: response.body.updated_at },
        { etag: ETAG },
      ),
    );
  });

  it('takes the whole representation with one change', async () => {
    const response = await patch({ ...task, completed: false });

    expect(response.status).toBe(200);
    expect(response.body).toEqual({
      ...task,
      completed: false,
      completed_at: null,
      updated_at: response.body.updated_at,
    });
  });

  it.each([[{}], [{ id: 'of the task' }], [{ created_at: '2026-01-01T00:00:00Z' }]])(
    'refuses %j: nothing to change',
    async (body: { id?: string; created_at?: string }) => {
      const response = await patch('id' in body ? { id: task.id } : body);

      expect(answerOf(response)).toEqual(
        problemAnswer('validation', {
          errors: [
            {
              pointer: '',
              detail:
                'must have at least one of title, description, completed, due, time_zone, recurrence, recurrence_from, priority, tags, parent_id',
            },
          ],
        }),
      );
      expect(await stored()).toEqual(task);
    },
  );

  it.each([
    [{ title: null }, '/title', 'must be a string'],
    [{ title: '  ' }, '/title', 'must not be blank'],
    [{ completed: null }, '/completed', 'must be true or false'],
    [{ description: { $set: 'x' } }, '/description', 'must not be an object or array'],
    [{ title: 'x', id: OTHER_ID }, '/id', 'must be the one in the path, or absent'],
    [{ title: 'x', user_id: OTHER_ID }, '/user_id', 'must be the one in the path, or absent'],
    [
      { title: 'x', updated_at: 'now' },
      '/updated_at',
      'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z',
    ],
    [{ title: 'x', version: 9 }, '/version', 'is not known here'],
  ])('refuses %j', async (body, pointer, detail) => {
    const response = await patch(body);

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer, detail }] }),
    );
    expect(await stored()).toEqual(task);
  });

  it('refuses an array, which is a JSON patch', async () => {
    const response = await patch([{ op: 'replace', path: '/title', value: 'x' }]);

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer: '', detail: 'must be a JSON object' }] }),
    );
  });

  it('answers without a body to Prefer: return=minimal', async () => {
    const response = await patch({ title: 'Quiet' }).set('Prefer', 'return="minimal"');

    const { 'content-type': _, ...headers } = USER_DATA;
    expect(answerOf(response)).toEqual(
      emptyAnswer(204, { ...headers, etag: ETAG, 'preference-applied': 'return=minimal' }),
    );
  });

  it('answers a missing task with 404', async () => {
    const response = await app
      .send('patch', `/api/me/tasks/${OTHER_ID}`, caller)
      .send({ title: 'x' });

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
  });
});
