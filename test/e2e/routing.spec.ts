import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf, emptyAnswer, problemAnswer } from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { rawAnswers } from '../support/wire/raw-request';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

/** Every path, and the methods that it has. */
const ROUTES = [
  ['/api/me/tasks', 'GET, HEAD, OPTIONS, POST'],
  ['/api/me/tasks/summary', 'GET, HEAD, OPTIONS'],
  ['/api/me/tasks/changes', 'GET, HEAD, OPTIONS'],
  ['/api/me/tasks/anything', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
  ['/api/me/tasks/anything/complete', 'OPTIONS, PATCH'],
  ['/api/users', 'OPTIONS, POST'],
  ['/api/users/me', 'DELETE, GET, HEAD, OPTIONS'],
  ['/health/live', 'GET, HEAD, OPTIONS'],
  ['/health/ready', 'GET, HEAD, OPTIONS'],
  ['/problems', 'GET, HEAD, OPTIONS'],
  ['/problems/validation', 'GET, HEAD, OPTIONS'],
  ['/openapi.json', 'GET, HEAD, OPTIONS'],
  ['/openapi.yaml', 'GET, HEAD, OPTIONS'],
] as const;

const REFUSED = ROUTES.flatMap(([path, allow]) =>
  METHODS.filter((method) => !allow.split(', ').includes(method.toUpperCase())).map(
    (method) => [method, path, allow] as const,
  ),
);

describe('routing', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    await aTask(app, caller);
  });
  afterAll(() => app.stop());

  it.each(ROUTES)('answers OPTIONS %s to anybody with what it allows', async (path, allow) => {
    const response = await app.send('options', path);

    expect(answerOf(response)).toEqual(emptyAnswer(204, { allow }));
  });

  it.each(REFUSED)('refuses %s %s', async (method, path, allow) => {
    const response = await app.send(method, path);

    const { status, headers, body } = problemAnswer('method-not-allowed', { headers: { allow } });
    expect(answerOf(response)).toEqual({
      status,
      headers,
      body: method === 'head' ? undefined : body,
    });
  });

  it('refuses TRACE, which would show the token to scripts', async () => {
    const [answer] = await rawAnswers(
      app.port,
      'TRACE /api/me/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );

    expect(answer?.status).toBe(405);
    expect(answer?.headers['allow']).toBe('GET, HEAD, OPTIONS, POST');
  });

  it.each([
    ['/api'],
    ['/api/'],
    ['/api/me'],
    ['/api/me/task'],
    ['/api/me/tasks/x/complete/x'],
    ['/api/me/tasks/x/completed'],
    ['/api/users/me/tasks'],
    ['/health'],
    ['/favicon.ico'],
    ['/.env'],
    ['/api/dev/token'],
  ])('has nothing at %s, with a token or without', async (path) => {
    for (const method of ['get', 'post', 'options'] as const) {
      const anonymous = await app.send(method, path);
      const known = await app.send(method, path, caller);

      expect(answerOf(anonymous)).toEqual(problemAnswer('route-not-found'));
      expect(answerOf(known)).toEqual(problemAnswer('route-not-found'));
    }
  });

  it.each(['no-such-problem', 'constructor'])('has no page /problems/%s', async (code) => {
    const { status, body } = await app.send('get', `/problems/${code}`);

    expect([status, body.code]).toEqual([404, 'route-not-found']);
  });

  it.each([
    ['another case', () => `/API/me/tasks`],
    ['another case further on', () => `/api/me/Tasks`],
    ['a slash at the end', () => `/api/me/tasks/`],
    ['two slashes at the start', () => `//api/me/tasks`],
    ['two slashes within', () => `/api//me/tasks`],
    ['no user', () => `/api//tasks`],
    ['a parameter of the path', () => `/api/me/tasks;v=1`],
    ['an extension', () => `/api/me/tasks.json`],
    ['a backslash', () => `/api/me%5Ctasks`],
  ])('is strict: %s is another path', async (_, path) => {
    const response = await app.send('get', path(), caller);

    expect(answerOf(response)).toEqual(problemAnswer('route-not-found'));
  });

  it('does not climb: dots in a path are text', async () => {
    const [answer] = await rawAnswers(
      app.port,
      `GET /api/x/../me/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
        `Authorization: ${caller.authorization}\r\n\r\n`,
    );

    expect(answer?.status).toBe(404);
    expect(answer?.json).toMatchObject({ code: 'route-not-found' });
  });

  it('takes a URL in absolute form, as proxies send it', async () => {
    const [answer] = await rawAnswers(
      app.port,
      `GET http://tasks.example/api/me/tasks?limit=1 HTTP/1.1\r\nHost: tasks.example\r\n` +
        `Connection: close\r\nAuthorization: ${caller.authorization}\r\n\r\n`,
    );

    expect(answer?.status).toBe(200);
  });

  it('never repeats an unknown path', async () => {
    const response = await app.send('get', '/canary-7f3a/<script>', caller);

    expect(response.text).not.toContain('canary');
    expect(response.text).not.toContain('script');
  });
});
