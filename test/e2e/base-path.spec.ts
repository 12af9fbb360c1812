import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Test } from 'supertest';
import { aTask } from '../support/http/lists';
import { TestApplication } from '../support/app/test-application';
import type { Method } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { rawAnswers } from '../support/wire/raw-request';

const PREFIX = '/apps/tasks-api';
const SITE = 'https://www.example.test';

/** How a request for a path below the prefix arrives behind a proxy. */
interface Way {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly pathOf: (external: string) => string;
  readonly headers: Readonly<Record<string, string>>;
}

const taken = (external: string): string => external.slice(PREFIX.length);
const WAYS: readonly Way[] = [
  {
    name: 'BASE_PATH and a proxy that leaves the path',
    variables: { BASE_PATH: PREFIX },
    pathOf: (external) => external,
    headers: {},
  },
  {
    name: 'BASE_PATH and a proxy that takes it off',
    variables: { BASE_PATH: PREFIX },
    pathOf: taken,
    headers: {},
  },
  {
    name: 'a trusted proxy that takes the path off and says so',
    variables: { TRUST_PROXY: 'loopback' },
    pathOf: taken,
    headers: { 'X-Forwarded-Prefix': PREFIX },
  },
];

describe.each(WAYS)('below a path, by $name', ({ variables, pathOf, headers }) => {
  let app: TestApplication;
  let caller: Caller;
  beforeAll(async () => {
    app = await TestApplication.start(variables);
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  /** What the client asks for; a link of an answer is resolved as the client would. */
  const ask = (method: Method, link: string, base = `${PREFIX}/`, by?: Caller): Test => {
    const { pathname, search, origin } = new URL(link, SITE + base);
    expect([origin, pathname.startsWith(`${PREFIX}/`)]).toEqual([SITE, true]);
    return app.send(method, pathOf(pathname) + search, by).set(headers);
  };

  it('leads to a task that was made', async () => {
    const created = await ask('post', 'api/me/tasks', undefined, caller).send({ title: 'Mine' });

    const location = String(created.headers['location']);
    expect(location).toBe(`${PREFIX}/api/${caller.userId}/tasks/${created.body.id}`);
    const read = await ask('get', location, undefined, caller);
    expect(read.body).toEqual(created.body);
  });

  it('takes a target with a host for its path', async () => {
    const target = `http://www.example.test${pathOf(`${PREFIX}/health/live`)}`;
    const [answer] = await rawAnswers(
      app.port,
      `GET ${target} HTTP/1.1\r\nHost: www.example.test\r\nConnection: close\r\n\r\n`,
    );

    expect(answer?.status).toBe(200);
  });

  it('leads to the account', async () => {
    const { headers: found } = await ask('post', 'api/users', undefined, caller);

    expect(found['location']).toBe(`${PREFIX}/api/users/${caller.userId}`);
  });

  it('leads to the next page', async () => {
    await aTask(app, caller);
    await aTask(app, caller);
    const { headers: found } = await ask('get', 'api/me/tasks?limit=1&q=a', undefined, caller);

    const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(String(found['link'])) ?? [];
    const page = await ask('get', next, undefined, caller);
    expect(page.status).toBe(200);
    expect(page.body.items).toHaveLength(1);
  });

  it.each(['openapi.json', 'openapi.yaml', 'docs/swagger-ui-init.js'])(
    'is told by %s',
    async (path) => {
      const text = (await ask('get', path)).text || '';
      const { text: json } = await ask('get', 'openapi.json');

      if (path === 'openapi.json') {
        expect(JSON.parse(json)).toMatchObject({ servers: [{ url: PREFIX }] });
      } else {
        expect(text).toMatch(new RegExp(`"?url"?: "?${PREFIX}`));
      }
      expect(text).toContain(`](${PREFIX}/problems`);
      expect(text).not.toContain('](/problems');
    },
  );

  it.each(['', 'docs', 'docs/', 'problems', 'problems/forbidden'])(
    'has everything that the page %s refers to',
    async (page) => {
      const { text } = await ask('get', page).set('Accept', 'text/html');
      const links = Array.from(
        text.matchAll(/(?:src|href)=["'](?!data:)([^"'#]+)["']/g),
        ([, url]) => url,
      );

      expect(links.length).toBeGreaterThanOrEqual(2);
      for (const link of links.slice(0, 6)) {
        expect((await ask('get', link ?? '', `${PREFIX}/${page}`)).status).toBe(200);
      }
    },
  );

  it('keeps the types of problems', async () => {
    const { status, body } = await ask('get', 'api/me/tasks');

    expect([status, body.type]).toEqual([401, '/problems/unauthenticated']);
  });

  it('tells apart what only begins like the path', async () => {
    const { status } = await app.send('get', `${PREFIX}x/health/live`).set(headers);

    expect(status).toBe(404);
  });
});

describe('X-Forwarded-Prefix', () => {
  const locationBehind = async (app: TestApplication, prefix: string): Promise<unknown> => {
    const answer = await app
      .send('post', '/api/users', await aCaller())
      .set('X-Forwarded-Prefix', prefix);
    return answer.headers['location'];
  };

  it('counts nothing if no proxy is trusted', async () => {
    const app = await TestApplication.start();

    expect(await locationBehind(app, PREFIX)).toMatch(/^\/api\/users\//);
    await app.stop();
  });

  it('counts nothing beside BASE_PATH', async () => {
    const app = await TestApplication.start({ BASE_PATH: PREFIX, TRUST_PROXY: 'loopback' });

    expect(await locationBehind(app, '/other')).toMatch(`${PREFIX}/api/users/`);
    await app.stop();
  });

  describe('of a trusted proxy', () => {
    let app: TestApplication;
    beforeAll(async () => {
      app = await TestApplication.start({ TRUST_PROXY: 'loopback' });
    });
    afterAll(() => app.stop());

    it.each([
      ['/tasks-api/', /^\/tasks-api\/api\/users\//],
      ['/', /^\/api\/users\//],
      ['/api', /^\/api\/api\/users\//],
    ])('may be %s', async (prefix, location) => {
      expect(await locationBehind(app, prefix)).toMatch(location);
    });

    it.each([
      '//evil.example.com',
      'https://evil.example.com',
      '/a/../b',
      '/\\evil.example.com',
      '/a, /b',
      '/a?b',
      '/%2e%2e',
      'tasks-api',
    ])('is refused where it could lead elsewhere: %s', async (prefix) => {
      const { status, body } = await app
        .send('post', '/api/users', await aCaller())
        .set('X-Forwarded-Prefix', prefix);

      expect(status).toBe(400);
      expect(body).toMatchObject({
        code: 'malformed-request',
        errors: [{ header: 'X-Forwarded-Prefix', detail: 'must be one path such as /tasks-api' }],
      });
    });
  });
});
