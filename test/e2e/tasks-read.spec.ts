import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  answerOf,
  emptyAnswer,
  problemAnswer,
  type TaskBody,
  taskAnswer,
  USER_DATA,
} from '../support/http/answers';
import { aTask, etagOf } from '../support/http/lists';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const MISSING = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const NO_PARAMETERS = 'is not known here, where there are no parameters';

describe('GET /api/{user_id}/tasks/{task_id}', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;
  let etag: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    task = await aTask(app, caller, { title: 'Read me', description: '\tone\r\ntwo' });
    path = `/api/${caller.userId}/tasks/${task.id}`;
    etag = await etagOf(app, caller, task);
  });
  afterAll(() => app.stop());

  it('answers with the task and its version', async () => {
    const response = await app.send('get', path, caller);

    expect(answerOf(response)).toEqual(taskAnswer(200, task, { etag }));
  });

  it.each([
    ['me', () => `/api/me/tasks/${task.id}`],
    ['upper case', () => `/api/${caller.userId.toUpperCase()}/tasks/${task.id.toUpperCase()}`],
    ['percent-encoded letters', () => `/api/%6D%65/tasks/${task.id.replaceAll('-', '%2D')}`],
  ])('finds it by %s in the path', async (_, ownPath) => {
    const response = await app.send('get', ownPath(), caller);

    expect(answerOf(response)).toEqual(taskAnswer(200, task, { etag }));
  });

  it('answers HEAD as GET, without the body', async () => {
    const got = await app.send('get', path, caller);
    const headed = await app.send('head', path, caller);

    expect(answerOf(headed)).toEqual({ ...answerOf(got), body: undefined });
    expect(headed.headers['content-length']).toBe(got.headers['content-length']);
  });

  it.each([
    ['its tag', () => etag],
    ['its tag, weak', () => `W/${etag}`],
    ['a list with its tag', () => `"7", W/"abc" ,, ${etag}`],
    ['any tag', () => '*'],
  ])('answers 304 without a body where the client has %s', async (_, tags) => {
    const response = await app.send('get', path, caller).set('If-None-Match', tags());

    const { 'content-type': _type, ...headers } = USER_DATA;
    expect(answerOf(response)).toEqual(emptyAnswer(304, { ...headers, etag }));
  });

  it.each([['"2"'], ['"1795867382976204"'], ['"01"'], ['W/"2", "abc"'], ['""']])(
    'answers in full where the client has %s',
    async (tags) => {
      const response = await app.send('get', path, caller).set('If-None-Match', tags);

      expect(answerOf(response)).toEqual(taskAnswer(200, task, { etag }));
    },
  );

  it.each([['1'], ['"1'], ["'1'"], ['"1" "2"'], ['w/"1"'], ['*, "1"'], [',']])(
    'refuses If-None-Match: %s',
    async (tags) => {
      const response = await app.send('get', path, caller).set('If-None-Match', tags);

      expect(answerOf(response)).toEqual(
        problemAnswer('validation', {
          errors: [
            {
              header: 'If-None-Match',
              detail:
                'must be * or a list of entity tags with their quotes, such as "1795867932976204"',
            },
          ],
        }),
      );
    },
  );

  it("answers another user's task under one's own path as a missing one", async () => {
    const stranger = await aCaller();
    const foreign = await app.send('get', `/api/${stranger.userId}/tasks/${task.id}`, stranger);
    const missing = await app.send('get', `/api/${stranger.userId}/tasks/${MISSING}`, stranger);

    expect(answerOf(foreign)).toEqual(problemAnswer('task-not-found'));
    expect(answerOf(missing)).toEqual(problemAnswer('task-not-found'));
  });

  it('answers 404 also where the client has a tag', async () => {
    const response = await app
      .send('get', `/api/me/tasks/${MISSING}`, caller)
      .set('If-None-Match', '*');

    expect(answerOf(response)).toEqual(problemAnswer('task-not-found'));
  });

  it('takes no parameter', async () => {
    const response = await app.send('get', `${path}?fields=title&__proto__=1&a[b]=2`, caller);

    expect(answerOf(response)).toEqual(
      problemAnswer('validation', {
        errors: [
          { parameter: 'fields', detail: NO_PARAMETERS },
          { parameter: '__proto__', detail: NO_PARAMETERS },
          { parameter: 'a[b]', detail: NO_PARAMETERS },
        ],
      }),
    );
  });
});
