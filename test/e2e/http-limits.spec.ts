import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEnv } from '../../src/config/env';
import { CONNECTION_LIMITS } from '../../src/http/adapter/http-server';
import { TestApplication } from '../support/app/test-application';
import { aCaller, type Caller, signToken } from '../support/app/tokens';
import { rawAnswers } from '../support/wire/raw-request';

/** Rows of the table in docs/security.md: what is limited, to how much, and what comes beyond it. */
const PROMISES = new Map(
  [...readFileSync('docs/security.md', 'utf8').matchAll(/^\| ([a-z ]+?) +\| ([^|]+?) +\|/gm)].map(
    ([, what = '', limit = '']) => [what, limit] as const,
  ),
);

/** The number that stands first in the limit of a row. */
function promised(what: string, unit: string): number {
  const [, digits, found] = /^([\d,]+) (\w+)/.exec(PROMISES.get(what) ?? '') ?? [];
  expect([what, found]).toEqual([what, unit]);
  return Number(digits?.replaceAll(',', ''));
}

describe('the limits that docs/security.md promises', () => {
  let app: TestApplication;
  let caller: Caller;
  beforeAll(async () => {
    app = await TestApplication.start();
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  it('are the times that the server keeps, and looks after each second', () => {
    const { headersTimeout, requestTimeout, timeout, keepAliveTimeout } = app.server;

    expect({ headersTimeout, requestTimeout, timeout, keepAliveTimeout }).toEqual({
      headersTimeout: promised('time for the headers', 's') * 1_000,
      requestTimeout: promised('time for a request', 's') * 1_000,
      timeout: promised('answer that is not taken', 's') * 1_000,
      keepAliveTimeout: promised('idle connection', 's') * 1_000,
    });
    expect(app.server).toMatchObject({ connectionsCheckingInterval: 1_000 });
  });

  it('are the quota that a server without settings has', () => {
    expect(parseEnv({}).rateLimit).toBe(promised('requests of a user', 'a'));
  });

  it('are the size of the head', async () => {
    const limit = promised('request line and headers', 'KiB') * 1_024;
    const headOf = (bytes: number): string => {
      const [start, end] = ['GET /health/live HTTP/1.1\r\nHost: x\r\nX-Fill: ', '\r\n\r\n'];
      return start + 'x'.repeat(bytes - start.length - end.length) + end;
    };
    const closing = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

    const [within] = await rawAnswers(app.port, headOf(limit - 200) + closing);
    const [beyond] = await rawAnswers(app.port, headOf(limit + 200));

    expect([within?.status, beyond?.status]).toEqual([200, 431]);
    expect(beyond?.headers['connection']).toBe('close');
  });

  it('are the size of the body, in bytes', async () => {
    const limit = promised('body', 'KiB') * 1_024;
    const create = (bytes: number) =>
      app
        .send('post', '/api/me/tasks', caller)
        .set('Content-Type', 'application/json')
        .send('{"title":"x"}'.padEnd(bytes));

    expect((await create(limit)).status).toBe(201);
    expect((await create(limit + 1)).status).toBe(413);
  });

  it('are the length of a token', async () => {
    const limit = promised('token', 'characters');
    const { userId } = caller;
    const tokenOf = async (length: number): Promise<string> => {
      const bare = await signToken({ sub: userId, padding: '' });
      // Three bytes of a claim are four characters of the token.
      return signToken({
        sub: userId,
        padding: 'p'.repeat(Math.floor((length - bare.length) / 4) * 3),
      });
    };
    const statusWith = async (token: string): Promise<number> =>
      (await app.send('get', '/api/me/tasks', { userId, authorization: `Bearer ${token}` })).status;
    const [within, beyond] = [await tokenOf(limit - 4), await tokenOf(limit + 8)];

    expect([within.length <= limit, beyond.length > limit]).toEqual([true, true]);
    expect([await statusWith(within), await statusWith(beyond)]).toEqual([200, 401]);
  });
});

describe('the times that the whole application gives a client, made short', () => {
  let app: TestApplication;
  let caller: Caller;
  beforeAll(async () => {
    app = await TestApplication.start({}, undefined, {
      ...CONNECTION_LIMITS,
      headersMs: 100,
      requestMs: 200,
      idleMs: 100,
      checkEveryMs: 20,
    });
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const post = (authorization: string): string =>
    `POST /api/me/tasks HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: application/json\r\n` +
    'Content-Length: 20\r\n\r\n{"title"';

  it.each([
    ['says nothing', () => ''],
    ['begins a head', () => 'GET /api/me/tasks HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['sends blank lines', () => '\r\n\r\n'],
    ['begins a body', () => post(`Authorization: ${caller.authorization}\r\n`)],
  ])('R4: end for one who %s, with one answer: 408', async (_, bytes) => {
    const answers = await rawAnswers(app.port, bytes());

    expect(answers).toMatchObject([
      { status: 408, headers: { connection: 'close' }, json: { code: 'request-timeout' } },
    ]);
  });

  it('end for one who begins a body without a token, who has the answer already', async () => {
    const answers = await rawAnswers(app.port, post(''));

    expect(answers).toMatchObject([{ status: 401 }]);
  });

  it('end for a client that keeps sending and does not notice that the server has closed', async () => {
    const { port } = app.server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const dripping = setInterval(() => socket.write('x'), 20);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // It goes on writing when the server is gone.
    socket.on('error', () => undefined).resume();
    socket.write('GET /api/me/tasks HTTP/1.1\r\nHost: x\r\nX-Slow: ');

    await closed.finally(() => {
      clearInterval(dripping);
    });
  });

  it('end for one who asks nothing further', async () => {
    const answers = await rawAnswers(app.port, 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(answers).toMatchObject([{ status: 200 }]);
  });
});
