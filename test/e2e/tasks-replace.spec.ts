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

const OTHER_ID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe('PUT /api/{user_id}/tasks/{task_id}', () => {
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

  const put = (body: object) => app.send('put', path, caller).send(body);
  const stored = async () => (await app.send('get', path, caller)).body as TaskBody;

  it('replaces the whole task and answers with it and its next version', async () => {
    const response = await put({ title: ' New ', description: 'new', completed: false });

    expect(answerOf(response)).toEqual(
      taskAnswer(
        200,
        {
          id: task.id,
          user_id: caller.userId,
          title: 'New',
          description: 'new',
          created_at: task.created_at,
        },
        { etag: ETAG },
      ),
    );
    expect(await stored()).toEqual(response.body);
    expect(response.body.updated_at > task.updated_at).toBe(true);
  });

  it('gives absent optional fields their defaults', async () => {
    const response = await put({ title: 'Only' });

    expect(response.body).toMatchObject({ title: 'Only', description: null, completed: false });
  });

  it('takes a whole representation back: read, edit, write', async () => {
    const read = await app.send('get', path, caller);
    const response = await put({ ...read.body, title: 'Edited' }).set(
      'If-Match',
      read.headers['etag'] ?? '',
    );

    expect(answerOf(response)).toEqual(
      taskAnswer(
        200,
        { ...task, title: 'Edited', updated_at: response.body.updated_at },
        { etag: ETAG },
      ),
    );
  });

  it('takes the ids in upper case', async () => {
    const response = await put({
      ...task,
      id: task.id.toUpperCase(),
      user_id: task.user_id.toUpperCase(),
    });

    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ id: task.id, user_id: task.user_id });
  });

  it('ignores well-formed times, and keeps its own', async () => {
    const response = await put({
      ...task,
      created_at: '1999-12-31T23:59:59.123456789+14:00',
      updated_at: '2999-01-01T00:00:00Z',
    });

    expect(response.status).toBe(200);
    expect(response.body.created_at).toBe(task.created_at);
    expect(response.body.updated_at < '2999').toBe(true);
  });

  it.each([
    ['id', OTHER_ID, 'must be the one in the path, or absent'],
    ['id', '', 'must be a UUID'],
    ['id', null, 'must be a UUID'],
    ['id', 7, 'must be a UUID'],
    ['user_id', OTHER_ID, 'must be the one in the path, or absent'],
    ['user_id', 'me', 'must be the one in the path, or absent'],
    [
      'created_at',
      'yesterday',
      'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z',
    ],
    [
      'created_at',
      null,
      'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z',
    ],
    ['updated_at', '2026-02-30T00:00:00Z', 'must be on a day that exists'],
    [
      'updated_at',
      0,
      'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z',
    ],
    ['version', '2', 'is not known here'],
  ])('refuses %s: %j', async (property, value, detail) => {
    const response = await put({ ...task, [property]: value });

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer: `/${property}`, detail }] }),
    );
    expect(await stored()).toEqual(task);
  });

  it('needs a title', async () => {
    const response = await put({ description: 'no title' });

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer: '/title', detail: 'is missing' }] }),
    );
  });

  it('counts a write that changes nothing', async () => {
    const response = await put(task);

    expect(answerOf(response)).toEqual(
      taskAnswer(200, { ...task, updated_at: response.body.updated_at }, { etag: ETAG }),
    );
    expect(response.body.updated_at > task.updated_at).toBe(true);
  });

  it('answers without a body to Prefer: return=minimal', async () => {
    const response = await put({ title: 'Quiet' }).set('Prefer', 'return=minimal, wait=1');

    const { 'content-type': _, ...headers } = USER_DATA;
    expect(answerOf(response)).toEqual(
      emptyAnswer(204, { ...headers, etag: ETAG, 'preference-applied': 'return=minimal' }),
    );
    expect((await stored()).title).toBe('Quiet');
  });

  it('confirms Prefer: return=representation', async () => {
    const response = await put({ title: 'Loud' }).set('Prefer', 'return=representation');

    expect(response.status).toBe(200);
    expect(response.headers['preference-applied']).toBe('return=representation');
  });

  it.each(['text/plain', 'application/merge-patch+json'])('takes no %s', async (mediaType) => {
    const response = await app
      .send('put', path, caller)
      .set('Content-Type', mediaType)
      .send('{"title":"x"}');

    expect(answerOf(response)).toEqual(
      problemAnswer('unsupported-media-type', {
        errors: [{ header: 'Content-Type', detail: 'must be application/json' }],
        headers: { accept: 'application/json' },
      }),
    );
  });

  it('never creates', async () => {
    const response = await app
      .send('put', `/api/me/tasks/${OTHER_ID}`, caller)
      .send({ title: 'New' });

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
  });
});
