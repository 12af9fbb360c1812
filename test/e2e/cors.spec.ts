import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf, emptyAnswer, problemAnswer } from '../support/http/answers';
import { aTask } from '../support/http/lists';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller } from '../support/app/tokens';

const LISTED = 'https://app.example.com';

describe('pages of other origins', () => {
  let app: TestApplication;
  let caller: Caller;

  beforeAll(async () => {
    app = await TestApplication.start({ CORS_ORIGINS: `${LISTED}, http://localhost:5173` });
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const preflight = (origin: string, path = '/api/me/tasks') =>
    app
      .send('options', path)
      .set('Origin', origin)
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'authorization,content-type');

  it('may ask from a listed origin what they may send', async () => {
    const response = await preflight(LISTED);

    expect(answerOf(response)).toEqual(
      emptyAnswer(204, {
        allow: 'GET, HEAD, OPTIONS, POST',
        vary: 'Origin',
        'access-control-allow-origin': LISTED,
        'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
        'access-control-allow-headers':
          'Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match,Prefer,Traceparent,Tracestate,X-Request-Id',
        'access-control-max-age': '7200',
        'access-control-expose-headers': expect.any(String),
      }),
    );
  });

  it('read the answer, and the headers that browsers hide', async () => {
    const task = await aTask(app, caller);
    const response = await app
      .send('get', `/api/me/tasks/${task.id}`, caller)
      .set('Origin', 'http://localhost:5173');

    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': 'http://localhost:5173',
      vary: 'Origin, Authorization',
    });
    expect(response.headers['access-control-expose-headers']?.split(',')).toEqual([
      'Accept-Patch',
      'Accept-Post',
      'Allow',
      'Deprecation',
      'ETag',
      'Idempotency-Replayed',
      'Link',
      'Location',
      'Preference-Applied',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'Sunset',
      'WWW-Authenticate',
      'X-Request-Id',
      'X-Total-Count',
    ]);
    expect(response.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('read problems as well', async () => {
    const response = await app.send('get', '/api/me/tasks').set('Origin', LISTED);

    expect(answerOf(response)).toEqual(
      problemAnswer('unauthenticated', {
        headers: {
          'www-authenticate': 'Bearer',
          vary: 'Origin',
          'access-control-allow-origin': LISTED,
          'access-control-expose-headers': expect.any(String),
        },
      }),
    );
  });

  it.each(['https://evil.example', `${LISTED}.evil.example`, 'http://app.example.com', 'null'])(
    'are not let in from %s',
    async (origin) => {
      const asked = await preflight(origin);
      const answered = await app.send('get', '/api/me/tasks', caller).set('Origin', origin);

      expect(asked.headers['access-control-allow-origin']).toBeUndefined();
      expect(answered.headers['access-control-allow-origin']).toBeUndefined();
      expect(answered.headers['vary']).toBe('Origin, Authorization');
    },
  );
});

describe('without CORS_ORIGINS', () => {
  let app: TestApplication;

  beforeAll(async () => {
    app = await TestApplication.start();
  });
  afterAll(() => app.stop());

  it('no page of another origin is let in', async () => {
    const response = await app
      .send('options', '/api/me/tasks')
      .set('Origin', LISTED)
      .set('Access-Control-Request-Method', 'GET');

    expect(answerOf(response)).toEqual(emptyAnswer(204, { allow: 'GET, HEAD, OPTIONS, POST' }));
  });
});
