import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    app = await TestApplication.start({
      CORS_ORIGINS: `${LISTED}, http://localhost:5173, https://tasks-*-team.vercel.app`,
      CORS_HEADERS: 'X-Tenant',
    });
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const preflight = (origin: string, path = '/api/me/tasks') =>
    app
      .send('options', path)
      .set('Origin', origin)
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'authorization,content-type');

  it('may send a preflight from a listed origin', async () => {
    const response = await preflight(LISTED);

    expect(answerOf(response)).toEqual(
      emptyAnswer(204, {
        allow: 'GET, HEAD, OPTIONS, POST',
        vary: 'Origin',
        'access-control-allow-origin': LISTED,
        'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
        'access-control-allow-headers':
          'Authorization,Baggage,Cache-Control,Content-Type,Idempotency-Key,If-Match,If-None-Match,Last-Event-ID,Prefer,Sentry-Trace,Traceparent,Tracestate,X-Read-After,X-Request-Id,X-Requested-With,X-Tenant',
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
      'X-Read-After',
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

  it('may come from an origin that a * stands for', async () => {
    const origin = 'https://tasks-git-main-team.vercel.app';
    const { headers } = await app.send('get', '/api/me/tasks', caller).set('Origin', origin);

    expect(headers['access-control-allow-origin']).toBe(origin);
  });

  it('see the 404 of a path that there is not: its preflight is answered with 204', async () => {
    const asked = await preflight(LISTED, '/api/me/taks');
    const answered = await app.send('get', '/api/me/taks', caller).set('Origin', LISTED);

    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, LISTED]);
    expect(asked.headers['allow']).toBeUndefined();
    expect([answered.status, answered.body.code]).toEqual([404, 'route-not-found']);
    expect(answered.headers['access-control-allow-origin']).toBe(LISTED);
  });

  it('get no answer to OPTIONS that is no preflight, where there is nothing', async () => {
    const { status } = await app.send('options', '/api/me/taks').set('Origin', LISTED);

    expect(status).toBe(404);
  });

  it.each([
    'https://evil.example',
    `${LISTED}.evil.example`,
    'http://app.example.com',
    'https://tasks-x.evil-team.vercel.app',
    'http://localhost:5174',
    'null',
  ])('are not let in from %s', async (origin) => {
    const asked = await preflight(origin);
    const answered = await app.send('get', '/api/me/tasks', caller).set('Origin', origin);

    expect(asked.headers['access-control-allow-origin']).toBeUndefined();
    expect(answered.headers['access-control-allow-origin']).toBeUndefined();
    expect(answered.headers['vary']).toBe('Origin, Authorization');
  });
});

describe('pages of this machine, while the server issues its own tokens', () => {
  let app: TestApplication;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'task-api-cors-'));
    app = await TestApplication.start({ AUTH_SECRET: '', DATA_DIR: directory });
  });
  afterAll(async () => {
    await app.stop();
    await rm(directory, { recursive: true });
  });

  const tokenFor = (headers: Readonly<Record<string, string>>) =>
    app.send('post', '/api/dev/token').set(headers).send({ email: 'ada@example.com' });

  it.each([
    'http://localhost:5173',
    'https://localhost',
    'http://127.0.0.1:8080',
    'http://[::1]:3001',
  ])('get a token and their tasks from %s', async (origin) => {
    const asked = await app
      .send('options', '/api/dev/token')
      .set('Origin', origin)
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'content-type');
    const token = await tokenFor({ origin, 'sec-fetch-site': 'same-site' });
    const listed = await app
      .send('get', '/api/me/tasks')
      .set({ origin, authorization: `Bearer ${token.body.access_token}` });

    expect([asked.status, token.status, listed.status]).toEqual([204, 200, 200]);
    for (const { headers } of [asked, token, listed]) {
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers['vary']).toMatch(/^Origin/);
    }
  });

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost.evil.example' },
    { origin: 'chrome-extension://abcdefghijklmnop' },
    { origin: 'http://localhost:5173', 'x-forwarded-for': '203.0.113.9' },
    { origin: 'http://localhost:5173', host: 'tasks.example.com' },
  ])('are not those of %j', async (headers) => {
    const token = await tokenFor(headers);
    const listed = await app.send('get', '/api/me/tasks').set(headers);

    expect([token.status, token.body.code]).toEqual([403, 'development-issuer-local-only']);
    for (const answer of [token, listed]) {
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
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
