import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEM_TYPES } from '../../src/problems/problem-types';
import { aTask } from '../support/http/lists';
import { rawAnswers } from '../support/wire/raw-request';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

/** What tells an attacker where to look, or binds more than this service (docs/deploy.md). */
const NEVER_SENT = [
  'server',
  'x-powered-by',
  'strict-transport-security',
  'access-control-allow-credentials',
  'set-cookie',
];
const PAGES = [
  '/docs',
  '/problems',
  ...Object.keys(PROBLEM_TYPES).map((code) => `/problems/${code}`),
];

describe('security headers', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
    const { id } = await aTask(app, caller);
    task = `/api/me/tasks/${id}`;
  });
  afterAll(() => app.stop());

  describe('of the API', () => {
    const answers = async (): Promise<readonly Readonly<Record<string, string>>[]> => {
      const responses = [
        await app.send('get', task, caller),
        await app.send('get', task, caller).set('If-None-Match', '*'),
        await app.send('head', task, caller),
        await app.send('get', '/api/me/tasks', caller),
        await app.send('post', '/api/me/tasks', caller).send({ title: 'x' }),
        await app.send('options', task),
        await app.send('get', task),
        await app.send('put', '/api/me/tasks', caller),
        await app.send('get', '/nowhere'),
        await app.send('get', '/api/%ff/tasks', caller),
        await app.send('get', '/health/live'),
        await app.send('get', '/openapi.json'),
      ].map(({ headers }) => headers as Record<string, string>);
      const unreadable = await rawAnswers(app.port, 'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n');
      return [...responses, ...unreadable.map(({ headers }) => headers)];
    };

    it('let no browser guess what an answer is', async () => {
      for (const headers of await answers()) {
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    });

    it('do not name the server, keep no session, and leave HSTS to the proxy that terminates TLS', async () => {
      for (const headers of await answers()) {
        expect(Object.keys(headers).filter((name) => NEVER_SENT.includes(name))).toEqual([]);
      }
    });
  });

  describe('of the pages', () => {
    it.each(PAGES)('keep %s to its own origin', async (path) => {
      const { status, type, headers } = await app.send('get', path);

      expect({ status, type }).toEqual({ status: 200, type: 'text/html' });
      expect(headers).toMatchObject({
        'content-security-policy': [
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self' 'unsafe-inline'",
          "img-src 'self' data:",
          "connect-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
        ].join(';'),
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(Object.keys(headers).filter((name) => NEVER_SENT.includes(name))).toEqual([]);
    });

    it.each(PAGES)('leave nothing out that %s needs', async (path) => {
      const { text } = await app.send('get', path);

      expect(text).not.toMatch(
        /<script(?![^>]*\bsrc=)|\son\w+=|javascript:|<(base|form|iframe)\b/i,
      );
      const loaded = text.matchAll(/<(?:script|link|img)\b[^>]*\b(?:src|href)="([^"]+)"/g);
      for (const [, url = ''] of loaded) expect(url).not.toMatch(/^([a-z]+:)?\/\//i);
    });
  });
});
