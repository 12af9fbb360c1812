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
import { rawAnswers } from '../support/wire/raw-request';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const NO_BODY = 'must be a JSON object, or no body at all';
const MISSING = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe('PATCH /api/{user_id}/tasks/{task_id}/complete', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aTask(app, caller, { description: 'kept' });
    path = `/api/${caller.userId}/tasks/${task.id}/complete`;
  });
  afterAll(() => app.stop());

  const complete = () => app.send('patch', path, caller);

  it('toggles without a body', async () => {
    const once = await complete();
    const twice = await complete();

    expect(answerOf(once)).toEqual(
      taskAnswer(
        200,
        { ...task, completed: true, updated_at: once.body.updated_at },
        { etag: ETAG },
      ),
    );
    expect(answerOf(twice)).toEqual(
      taskAnswer(200, { ...task, updated_at: twice.body.updated_at }, { etag: ETAG }),
    );
  });

  it.each([[true], [false]])('sets %s however often it is told', async (completed) => {
    const once = await complete().send({ completed });
    const twice = await complete().send({ completed });

    expect([once.status, once.body.completed]).toEqual([200, completed]);
    expect(answerOf(twice)).toEqual(
      taskAnswer(200, { ...task, completed, updated_at: twice.body.updated_at }, { etag: ETAG }),
    );
  });

  it.each([
    ['Content-Length: 0\r\n\r\n'],
    ['Content-Length: 0\r\nContent-Type: text/plain\r\n\r\n'],
    ['Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n'],
  ])('takes %j for no body', async (rest) => {
    const [answer] = await rawAnswers(
      app.port,
      `PATCH ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
        `Authorization: ${caller.authorization}\r\n${rest}`,
    );

    expect(answer?.status).toBe(200);
    expect(answer?.json).toMatchObject({ id: task.id, completed: true });
  });

  it.each([
    [{}, [{ pointer: '/completed', detail: 'is missing' }]],
    [{ completed: null }, [{ pointer: '/completed', detail: 'must be true or false' }]],
    [{ completed: 1 }, [{ pointer: '/completed', detail: 'must be true or false' }]],
    [{ completed: 'true' }, [{ pointer: '/completed', detail: 'must be true or false' }]],
    [{ completed: true, title: 'x' }, [{ pointer: '/title', detail: 'is not known here' }]],
    [[true], [{ pointer: '', detail: NO_BODY }]],
  ])('refuses %j', async (body, errors) => {
    const response = await complete().send(body);

    expect(answerOf(response)).toEqual(problemAnswer('validation', { errors }));
  });

  it('refuses null, which is a body', async () => {
    const response = await complete().set('Content-Type', 'application/json').send('null');

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', { errors: [{ pointer: '', detail: NO_BODY }] }),
    );
  });

  it('takes a body of JSON or none', async () => {
    const response = await complete().set('Content-Type', 'text/plain').send('true');

    expect(answerOf(response)).toEqual(
      problemAnswer('unsupported-media-type', {
        errors: [
          {
            header: 'Content-Type',
            detail: 'must be application/merge-patch+json or application/json',
          },
        ],
        headers: { 'accept-patch': 'application/merge-patch+json, application/json' },
      }),
    );
  });

  it('answers without a body to Prefer: return=minimal', async () => {
    const response = await complete().set('Prefer', 'return=minimal');

    const { 'content-type': _, ...headers } = USER_DATA;
    expect(answerOf(response)).toEqual(
      emptyAnswer(204, { ...headers, etag: ETAG, 'preference-applied': 'return=minimal' }),
    );
  });

  it('answers a missing task with 404', async () => {
    const response = await app.send('patch', `/api/me/tasks/${MISSING}/complete`, caller);

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
  });
});
