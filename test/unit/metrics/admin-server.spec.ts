import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { rawAnswers } from '../../support/wire/raw-request';
import { type AdminServer, AdminPortError, serveMetrics } from '../../../src/metrics/admin-server';

describe('the admin server', () => {
  let server: AdminServer;
  let scrape: () => Promise<string>;

  beforeEach(async () => {
    scrape = () => Promise.resolve('# HELP\n');
    server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => scrape());
  });
  afterEach(() => server.close());

  const answerTo = async (method: string, path = '/metrics') => {
    const response = await fetch(new URL(path, server.url), { method });
    const { status, headers } = response;
    return { status, headers: Object.fromEntries(headers), text: await response.text() };
  };

  it('answers with the metrics, as Prometheus reads them', async () => {
    expect(await answerTo('GET')).toEqual({
      status: 200,
      headers: expect.objectContaining({
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'content-length': '7',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      }),
      text: '# HELP\n',
    });
    expect((await answerTo('GET', '/metrics?name[]=up')).text).toBe('# HELP\n');
  });

  it('answers HEAD without a body', async () => {
    expect(await answerTo('HEAD')).toMatchObject({
      status: 200,
      headers: { 'content-length': '7' },
      text: '',
    });
  });

  it.each(['/', '/metrics/', '/api/me/tasks', '/health/ready', '//metrics'])(
    'has nothing at %s',
    async (path) => {
      const response = await fetch(server.url.replace('/metrics', path));

      expect(response.status).toBe(404);
      expect(await response.text()).toBe('The metrics are at /metrics\n');
    },
  );

  it('lets nobody write', async () => {
    expect(await answerTo('POST')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  });

  it('says no more than that it failed', async () => {
    scrape = () => Promise.reject(new Error('hunter2'));

    expect(await answerTo('GET')).toMatchObject({
      status: 500,
      text: 'The metrics could not be read\n',
    });
  });

  it.each([
    ['GET /metrics HTTP/1.1\r\n\r\n', { errors: [{ header: 'Host' }] }],
    [
      'GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      { errors: [{ header: 'Host', detail: 'must be given once' }] },
    ],
    ['GET /metrics\r\n\r\n', {}],
  ])('answers %j with a problem, as the API does', async (message, errors) => {
    const [answer] = await rawAnswers(Number(new URL(server.url).port), message);

    expect(answer?.status).toBe(400);
    expect(answer?.json).toMatchObject({ code: 'malformed-request', ...errors });
  });

  it('tells which variables to change when its port is taken', async () => {
    const port = Number(new URL(server.url).port);

    const second = serveMetrics({ host: '127.0.0.1', port }, scrape);

    await expect(second).rejects.toThrow(AdminPortError);
    await expect(second).rejects.toThrow(/EADDRINUSE.*: change ADMIN_PORT or ADMIN_HOST$/);
  });

  it('names an IPv6 address as a URL does', async () => {
    const other = await serveMetrics({ host: '::1', port: 0 }, scrape);

    expect(other.url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
    await other.close();
  });

  it('closes although a scrape has no end', async () => {
    const begun = new EventEmitter();
    const other = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => {
      begun.emit('scrape');
      return new Promise(() => undefined);
    });
    const scraping = once(begun, 'scrape');
    const answer = expect(fetch(other.url)).rejects.toMatchObject({ message: 'fetch failed' });
    await scraping;

    await other.close();

    await answer;
  });
});
