import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aTask } from '../support/http/lists';
import { type RawAnswer, rawAnswers } from '../support/wire/raw-request';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';

/** Lines of a head; whatever follows the blank line is the body that somebody may see there. */
type Case = readonly [name: string, lines: readonly string[], body?: string];

const JSON_BODY = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';
const LAST_CHUNK = '0\r\n\r\n';
const NUL = '\u0000';
const post = (...lines: string[]): readonly string[] => [
  'POST /api/me/tasks HTTP/1.1',
  'Host: api.test',
  ...lines,
];
const get = (...lines: string[]): readonly string[] => ['GET /api/me/tasks HTTP/1.1', ...lines];

/** Where the length of the body is a matter of opinion. */
const FRAMING: readonly Case[] = [
  ['CL.TE', post('Content-Length: 5', CHUNKED), LAST_CHUNK],
  ['TE.CL', post(CHUNKED, 'Content-Length: 5'), LAST_CHUNK],
  ['equal Content-Lengths', post('Content-Length: 0', 'Content-Length: 0')],
  ['a list of Content-Lengths', post('Content-Length: 0, 0')],
  ['a signed Content-Length', post('Content-Length: +0')],
  ['a hexadecimal Content-Length', post('Content-Length: 0x0')],
  ['a Content-Length of two words', post('Content-Length: 0 0')],
  ['an empty Content-Length', post('Content-Length:')],
  ['a Content-Length of 20 digits', post('Content-Length: 99999999999999999999')],
  ['an unknown coding', post('Transfer-Encoding: xchunked'), LAST_CHUNK],
  ['identity', post('Transfer-Encoding: identity'), LAST_CHUNK],
  ['a quoted coding', post('Transfer-Encoding: "chunked"'), LAST_CHUNK],
  ['chunked twice in a list', post('Transfer-Encoding: chunked, chunked'), LAST_CHUNK],
  ['chunked twice in two fields', post(CHUNKED, CHUNKED), LAST_CHUNK],
  ['chunked before another coding', post(CHUNKED, 'Transfer-Encoding: cow'), LAST_CHUNK],
  ['chunked behind another coding', post('Transfer-Encoding: cow', CHUNKED), LAST_CHUNK],
  ['chunked behind gzip', post('Transfer-Encoding: gzip, chunked'), LAST_CHUNK],
  ['a vertical tab before chunked', post('Transfer-Encoding:\u000bchunked'), LAST_CHUNK],
  ['a NUL behind chunked', post(`${CHUNKED}${NUL}`), LAST_CHUNK],
  ['a blank before the colon', post('Transfer-Encoding : chunked'), LAST_CHUNK],
  ['a blank before the name', post(` ${CHUNKED}`), LAST_CHUNK],
  ['a folded line', post('Transfer-Encoding:', ' chunked'), LAST_CHUNK],
  [
    'chunked in HTTP/1.0',
    ['POST /api/me/tasks HTTP/1.0', 'Host: api.test', 'Connection: keep-alive', CHUNKED],
    LAST_CHUNK,
  ],
];

/** Where a line ends is a matter of opinion. */
const LINES: readonly Case[] = [
  ['bare LF after the request line', ['POST /api/me/tasks HTTP/1.1\nHost: x', 'Content-Length: 0']],
  ['bare LF between fields', post('X-Odd: 1\nContent-Length: 0')],
  ['bare LF instead of the blank line', post('Content-Length: 0', '\n')],
  ['bare CR in a value', post('X-Odd: 1\rContent-Length: 9', 'Content-Length: 0')],
  ['a field without a name', post(': x')],
  ['a field without a colon', post('X-Odd')],
  ['a control character in a name', post('X-\u0001: x')],
  ['a blank in the target', ['GET /api/me/tasks now HTTP/1.1', 'Host: x']],
  ['a NUL in the target', [`GET /api/me/tasks${NUL} HTTP/1.1`, 'Host: x']],
  ['a target that is a host', ['GET api.test:80 HTTP/1.1', 'Host: x']],
  ['HTTP/0.9', ['GET /api/me/tasks']],
  ['HTTP/1.2', ['GET /api/me/tasks HTTP/1.2', 'Host: x']],
  ['HTTP/2.0 in plain text', ['GET /api/me/tasks HTTP/2.0', 'Host: x']],
  ['the preface of HTTP/2', ['PRI * HTTP/2.0', '', 'SM']],
];

/** Which server is meant is a matter of opinion. */
const HOSTS: readonly Case[] = [
  ['two Hosts', get('Host: api.test', 'Host: other.test')],
  ['two equal Hosts', get('Host: api.test', 'host: api.test')],
];

/** Who asks, and for what, is a matter of opinion. `message` adds one Authorization more. */
const FIELDS: readonly Case[] = [
  ['two Authorizations', get('Host: api.test', 'Authorization: Bearer other')],
  ['two Authorizations in other letters', get('Host: api.test', 'AUTHORIZATION: Bearer other')],
  ['two Content-Types', post(JSON_BODY, 'content-type: text/plain', 'Content-Length: 2'), '{}'],
  ['two equal Content-Types', post(JSON_BODY, JSON_BODY, 'Content-Length: 2'), '{}'],
];

/** Where a chunk ends is a matter of opinion. */
const CHUNKS: readonly Case[] = [
  ['a size that ends with LF', '1\nx\r\n'],
  ['a size with 0x', '0x1\r\nx\r\n'],
  ['a negative size', '-1\r\nx\r\n'],
  ['a size of 65 bits', '1FFFFFFFFFFFFFFFF\r\nx\r\n'],
  ['a blank behind the size', '1 ;a\r\nx\r\n'],
  ['an extension that ends with LF', '1;a\nx\r\n'],
  ['an extension with a bare CR', '1;a\rX\r\nx\r\n'],
  ['an extension with a NUL', `1;a${NUL}\r\nx\r\n`],
  ['an extension with an open quote', '1;a="\r\nx\r\n'],
  ['an extension of 20 kB', `1;${'a'.repeat(20_000)}\r\nx\r\n`],
  ['more than the size says', '1\r\nxyz\r\n'],
  ['data that end with LF', '1\r\nx\n'],
  ['data that end with CR', '1\r\nx\r'],
  ['a Content-Length in the trailer', '0\r\nContent-Length: 9\r\n\r\n'],
  ['a Transfer-Encoding in the trailer', `0\r\n${CHUNKED}\r\n\r\n`],
].map(([name = '', chunk = '']) => [name, post(JSON_BODY, CHUNKED), chunk + LAST_CHUNK]);

describe('request smuggling', () => {
  let app: TestedApi;
  let caller: Caller;
  let victim: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    const { id } = await aTask(app, caller);
    victim = `/api/me/tasks/${id}`;
  });
  afterAll(() => app.stop());

  const message = ([first = '', ...lines]: readonly string[], body = ''): string =>
    [first, ...lines, `Authorization: ${caller.authorization}`, '', body].join('\r\n');
  const request = (line: string, ...lines: string[]): string =>
    message([`${line} HTTP/1.1`, 'Host: api.test', ...lines]);
  /** What the attacker wants to be executed, with a token that would do it. */
  const poison = (): string => request(`DELETE ${victim}`, 'Connection: close');
  const victimLives = async (): Promise<boolean> =>
    (await app.send('get', victim, caller)).status === 200;
  const send = (...messages: readonly string[]): Promise<readonly RawAnswer[]> =>
    rawAnswers(app.port, Buffer.from(messages.join(''), 'latin1'));

  it('would be seen: the poison works where it is a request', async () => {
    const [first, second] = await send(request('GET /health/live'), poison());

    expect([first?.status, second?.status]).toEqual([200, 204]);
    expect(await victimLives()).toBe(false);
  });

  it.each([...FRAMING, ...LINES, ...HOSTS, ...FIELDS, ...CHUNKS])(
    '%s: is refused, and nothing behind it is a request',
    async (_name, lines, body = '') => {
      const answers = await send(message(lines, body), poison());

      expect(answers).toHaveLength(1);
      expect(answers[0]).toMatchObject({
        status: 400,
        headers: { connection: 'close', 'content-type': 'application/problem+json' },
        json: { code: expect.stringMatching(/^malformed-(request|uri)$/) },
      });
      expect(await victimLives()).toBe(true);
    },
  );

  it.each([...FRAMING, ...HOSTS])(
    '%s: ends the connection behind the answer to a good request',
    async (_name, lines, body = '') => {
      const good = request('GET /api/me/tasks');
      const [first, ...others] = await send(good, message(lines, body), poison());

      expect(first).toMatchObject({ status: 200, json: { items: expect.any(Array) } });
      expect(others.filter(({ status }) => status !== 400)).toEqual([]);
      expect(await victimLives()).toBe(true);
    },
  );

  it.each([
    ['nobody', 401, '/api/me/tasks'],
    ['a stranger', 403, '/api/01909fb2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/tasks'],
    ['a caller who is lost', 404, '/api/nowhere'],
  ])('a body that %s sends is no request, though nobody reads it', async (_who, status, path) => {
    const headers = status === 401 ? [] : [`Authorization: ${caller.authorization}`];
    const unread = [
      `POST ${path} HTTP/1.1`,
      'Host: api.test',
      ...headers,
      `Content-Length: ${poison().length}`,
      '',
      poison(),
    ].join('\r\n');
    const answers = await send(unread, request('GET /health/live', 'Connection: close'));

    expect(answers.map((answer) => answer.status)).toEqual([status, 200]);
    expect(await victimLives()).toBe(true);
  });

  it('a body of GET is no request', async () => {
    const answers = await send(
      message(get('Host: api.test', `Content-Length: ${poison().length}`), poison()),
      request('GET /health/live', 'Connection: close'),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await victimLives()).toBe(true);
  });

  it('chunks with an extension are a body like any other', async () => {
    const body = '{"title":"x"}';
    const chunks = `${body.length.toString(16)};a=b\r\n${body}\r\n${LAST_CHUNK}`;
    const answers = await send(message(post(JSON_BODY, CHUNKED), chunks), poison());

    expect(answers.map(({ status }) => status)).toEqual([201, 204]);
  });

  it.each(['h2c', 'websocket'])('an upgrade to %s is not made', async (protocol) => {
    const [answer] = await send(
      request('GET /health/live', 'Connection: Upgrade, close', `Upgrade: ${protocol}`),
      poison(),
    );

    expect(answer?.status).toBe(200);
    expect(await victimLives()).toBe(true);
  });

  it('a tunnel is not opened', async () => {
    expect(await send(request('CONNECT api.test:5432'), poison())).toEqual([]);
    expect(await victimLives()).toBe(true);
  });

  it('a target with a host is read as its path', async () => {
    const answers = await send(request('GET http://other.test/api/me/tasks', 'Connection: close'));

    expect(answers).toMatchObject([{ status: 200, json: { items: expect.any(Array) } }]);
  });

  it.each([
    ['nonsense', 'BREW /pot HTTP/1.1\r\n\r\n', ''],
    [
      'a request behind the last one',
      'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
      'Connection: close',
    ],
  ])('%s does not answer for the request before it', async (_name, bytes, line) => {
    const lines = line === '' ? [] : [line];
    const answers = await send(request('GET /api/me/tasks', ...lines), bytes);

    expect(answers).toMatchObject([{ status: 200, headers: { connection: 'close' } }]);
  });

  it.each([
    'api.test',
    'API.test:3000',
    '127.0.0.1:',
    '[::1]:3000',
    'task_api',
    'xn--bcher-kva.test',
  ])('a Host may be %s', async (host) => {
    const [answer] = await send(message(get(`Host: ${host}`, 'Connection: close')));
    expect(answer?.status).toBe(200);
  });

  it('a probe of HTTP/1.0 needs no Host', async () => {
    const [answer] = await send('GET /health/live HTTP/1.0\r\n\r\n');
    expect(answer?.status).toBe(200);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['Host', get('Host: api.test', 'Host: api.test'), 'must be given once'],
    ['Host', get(), 'must be given: HTTP/1.1 requires it'],
    ...[
      '',
      'a.test, b.test',
      'a.test,b.test',
      'a.test b.test',
      'me@a.test',
      'a.test/b',
      '[::1',
      'a:b',
    ].map(
      (host) =>
        [
          'Host',
          get(`Host: ${host}`),
          'must be one host name or address, and perhaps a port',
        ] as const,
    ),
    ['Authorization', get('Host: api.test', 'Authorization: x'), 'must be given once'],
    ['Content-Type', post(JSON_BODY, JSON_BODY), 'must be given once'],
    [
      'Transfer-Encoding',
      post('Transfer-Encoding: gzip, chunked'),
      'must be chunked and nothing else, in HTTP/1.1',
    ],
  ])('is told which field is at fault: %s', async (header, lines, detail) => {
    const [answer] = await send(message(lines));

    expect(answer?.json).toMatchObject({ code: 'malformed-request', errors: [{ header, detail }] });
  });
});
