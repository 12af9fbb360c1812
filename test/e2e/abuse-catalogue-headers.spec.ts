import { expect } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { v4 } from 'uuid';
import { newTask } from '../../src/tasks/task-id';
import { type Abuse, CANARY, describeAbuses, rawAnswer, rawPost } from '../support/http/abuse';
import {
  ETAG,
  type Answer,
  createdAnswer,
  emptyAnswer,
  problemAnswer,
  taskAnswer,
  USER_DATA,
  UUID,
} from '../support/http/answers';
import { etagOf } from '../support/http/lists';

const BODY = '{"title":"x"}';
const notJson = (detail: string): Answer =>
  problemAnswer('unsupported-media-type', {
    errors: [{ header: 'Content-Type', detail }],
    headers: { 'accept-post': 'application/json' },
  });
const POST_JSON = notJson('must be application/json');
const OTHER_CHARSET = notJson('must have the charset utf-8, or none');
const PATCH_JSON = problemAnswer('unsupported-media-type', {
  errors: [
    { header: 'Content-Type', detail: 'must be application/merge-patch+json or application/json' },
  ],
  headers: { 'accept-patch': 'application/merge-patch+json, application/json' },
});
const COMPRESSED = problemAnswer('unsupported-media-type', {
  errors: [{ header: 'Content-Encoding', detail: 'must be absent: bodies are taken as they are' }],
  headers: { 'accept-encoding': 'identity' },
});
const keyInvalid = (detail: string): Answer =>
  problemAnswer('idempotency-key-invalid', { errors: [{ header: 'Idempotency-Key', detail }] });
const UNREADABLE_KEY = 'must have 1 to 255 visible ASCII characters, and no blank';
const { 'content-type': _type, ...USER_HEADERS } = USER_DATA;

const post = (
  id: string,
  input: string,
  headers: Readonly<Record<string, string>>,
  answer: Answer,
): Abuse => [
  id,
  input,
  ({ app, caller }) => app.send('post', '/api/me/tasks', caller).set(headers).send(BODY),
  answer,
];
const media = (id: string, type: string, answer = POST_JSON): Abuse =>
  post(id, type, { 'Content-Type': type }, answer);
const coded = (input: string, coding: string, body: Buffer): Abuse => [
  'H4',
  input,
  (actors) =>
    rawPost(actors, { 'Content-Type': 'application/json', 'Content-Encoding': coding }, body),
  COMPRESSED,
];
const keyed = (input: string, key: string, detail = UNREADABLE_KEY): Abuse =>
  post(
    'H15',
    input,
    { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    keyInvalid(detail),
  );

const onTask = (
  id: string,
  method: 'get' | 'put' | 'patch' | 'delete',
  headers: Readonly<Record<string, string>>,
  answer: Answer,
): Abuse => [
  id,
  `${method} ${JSON.stringify(headers)}`,
  ({ app, caller, task }) => {
    const test = app.send(method, `/api/me/tasks/${task.id}`, caller).set(headers);
    return method === 'put' || method === 'patch' ? test.send({ title: 'Changed' }) : test;
  },
  answer,
];
const STALE = problemAnswer('precondition-failed', { headers: { etag: ETAG } });
const UNQUOTED = problemAnswer('validation', {
  errors: [
    {
      header: 'If-Match',
      detail: 'must be * or a list of entity tags with their quotes, such as "1795867932976204"',
    },
  ],
});
const staleFor = (detail: RegExp): Answer =>
  problemAnswer('precondition-failed', {
    detail: expect.stringMatching(detail),
    headers: { etag: ETAG },
  });

/** What never becomes a request: Node's parser refuses it, and the connection closes. */
const wire = (id: string, input: string, bytes: string | Uint8Array, answer: Answer): Abuse => [
  id,
  input,
  (actors) => rawAnswer(actors, bytes),
  answer,
];
const NOT_HTTP = problemAnswer('malformed-request');
const head = (line: string): string =>
  `POST /api/me/tasks HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n0\r\n\r\n`;
/** The first bytes that a TLS client sends. */
const CLIENT_HELLO = Uint8Array.from([0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3, 0, 0, 0, 0]);

describeAbuses(
  'headers',
  ['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'H11', 'H13', 'H14', 'H15', 'H16', 'H17', 'H18'],
  [
    media('H1', 'text/plain'),
    media('H1', 'application/xml'),
    media('H1', `application/${CANARY}`),
    media('H1', 'application/jsonp'),
    media('H1', 'application/json-patch+json'),
    [
      'H1',
      'no Content-Type',
      (actors) => rawPost(actors, {}, Buffer.from(BODY)),
      notJson('is missing: send application/json'),
    ],
    media('H2', 'application/x-www-form-urlencoded'),
    media('H2', 'multipart/form-data; boundary=x'),
    media('H3', 'application/json; charset=iso-8859-1', OTHER_CHARSET),
    media('H3', 'application/json; charset=utf-16', OTHER_CHARSET),
    media('H3', 'application/json; charset=utf-8', createdAnswer({ title: 'x' })),
    media('H3', 'Application/JSON;charset="UTF-8"', createdAnswer({ title: 'x' })),
    coded('gzip that is none', 'gzip', Buffer.from('not gzip')),
    coded('a gzip bomb', 'gzip', gzipSync(Buffer.alloc(10_000_000, ' '))),
    coded('an unknown coding', CANARY, Buffer.from(BODY)),
    coded('two codings', 'gzip, gzip', gzipSync(gzipSync(BODY))),
    [
      'H5',
      'a merge patch, which PATCH takes',
      ({ app, victim, victimsTask }) =>
        app
          .send('patch', `/api/me/tasks/${victimsTask.id}`, victim)
          .set('Content-Type', 'application/merge-patch+json')
          .send('{"completed":false}'),
      taskAnswer(200, { title: 'Not yours' }, { etag: ETAG }),
    ],
    media('H5', 'application/merge-patch+json'),
    [
      'H5',
      'a JSON patch',
      ({ app, caller, task }) =>
        app
          .send('patch', `/api/me/tasks/${task.id}`, caller)
          .set('Content-Type', 'application/json-patch+json')
          .send('[]'),
      PATCH_JSON,
    ],
    onTask(
      'H6',
      'get',
      { Accept: 'application/xml' },
      taskAnswer(200, { title: 'Mine' }, { etag: ETAG }),
    ),
    onTask(
      'H6',
      'get',
      { Accept: 'application/json;q=0' },
      taskAnswer(200, { title: 'Mine' }, { etag: ETAG }),
    ),
    wire(
      'H7',
      'a header of 17 kB',
      head(`X-Fill: ${'x'.repeat(17_000)}`),
      problemAnswer('header-fields-too-large'),
    ),
    wire(
      'H8',
      'Content-Length and Transfer-Encoding',
      head('Content-Length: 5\r\nTransfer-Encoding: chunked'),
      NOT_HTTP,
    ),
    wire(
      'H8',
      'Transfer-Encoding and Content-Length',
      head('Transfer-Encoding: chunked\r\nContent-Length: 5'),
      NOT_HTTP,
    ),
    wire('H8', 'two Content-Lengths', head('Content-Length: 5\r\nContent-Length: 6'), NOT_HTTP),
    wire('H8', 'a negative Content-Length', head('Content-Length: -1'), NOT_HTTP),
    wire('H8', 'a blank before the colon', head('X-Odd : 1'), NOT_HTTP),
    wire('H8', 'a header over two lines', head('X-Odd: 1\r\n 2'), NOT_HTTP),
    wire('H8', 'NUL in a header', head('X-Odd: \0'), NOT_HTTP),
    wire('H8', 'chunked twice over', head('Transfer-Encoding: gzip, chunked, identity'), NOT_HTTP),
    wire('H8', 'TLS', CLIENT_HELLO, NOT_HTTP),
    wire('H8', 'the method BREW', 'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n', NOT_HTTP),
    wire('H8', 'HTTP/3.0', 'GET / HTTP/3.0\r\nHost: x\r\n\r\n', NOT_HTTP),
    wire(
      'H8',
      'no Host',
      'GET /api/me/tasks HTTP/1.1\r\n\r\n',
      problemAnswer('malformed-request', {
        errors: [{ header: 'Host', detail: 'must be given: HTTP/1.1 requires it' }],
      }),
    ),
    wire(
      'H11',
      'Expect: foo',
      'POST /api/me/tasks HTTP/1.1\r\nHost: x\r\nExpect: foo\r\n\r\n',
      problemAnswer('expectation-failed'),
    ),
    onTask(
      'H13',
      'get',
      { 'If-None-Match': '*' },
      emptyAnswer(304, { ...USER_HEADERS, etag: ETAG }),
    ),
    [
      'H13',
      'get with its own tag',
      async ({ app, caller, task }) =>
        app
          .send('get', `/api/me/tasks/${task.id}`, caller)
          .set('If-None-Match', await etagOf(app, caller, task)),
      emptyAnswer(304, { ...USER_HEADERS, etag: ETAG }),
    ],
    ...(['put', 'patch', 'delete'] as const).flatMap((method) => [
      onTask('H14', method, { 'If-Match': '"9"' }, STALE),
      onTask('H14', method, { 'If-Match': 'W/"1"' }, STALE),
      onTask('H14', method, { 'If-None-Match': '*' }, staleFor(/does not exist/)),
      onTask('H14', method, { 'If-Match': '1' }, UNQUOTED),
      onTask('H14', method, { 'If-Match': '' }, UNQUOTED),
    ]),
    keyed('an empty key', ''),
    keyed('text with blanks', `${CANARY} ${CANARY}`),
    keyed('a key beyond ASCII', 'schl\u00fcssel'),
    keyed('two keys', 'one, two', 'must be given once, with one key'),
    keyed('a key of 256 characters', 'a'.repeat(256)),
    keyed(
      'a UUIDv7 of last week',
      '01909fb2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
      'is a UUIDv7 older than 24 hours',
    ),
    keyed(
      'a UUIDv7 of the year 10889',
      'ffffffff-ffff-7e5f-8a9b-0c1d2e3f4a5b',
      'is a UUIDv7 of the future: its clock is more than 5 minutes fast',
    ),
    [
      'H16',
      'a replay, with another payload',
      async ({ app, caller }) => {
        const key = newTask().id;
        const create = (title: string) =>
          app.send('post', '/api/me/tasks', caller).set('Idempotency-Key', key).send({ title });
        await create('first');
        return await create('second');
      },
      taskAnswer(
        200,
        { title: 'first' },
        {
          etag: ETAG,
          location: expect.stringMatching(/^\/api\/[0-9a-f-]{36}\/tasks\/[0-9a-f-]{36}$/),
          'idempotency-replayed': 'true',
        },
      ),
    ],
    ...[
      v4(),
      `"${newTask().id}"`,
      'constructor',
      '__proto__',
      "'; drop table replies; --".replaceAll(' ', ''),
    ].map((key): Abuse => [
      'H16',
      `a replay under a key of another form: ${key}`,
      async ({ app, caller }) => {
        const create = () =>
          app
            .send('post', '/api/me/tasks', caller)
            .set('Idempotency-Key', key)
            .send({ title: 'x' });
        await create();
        return await create();
      },
      taskAnswer(
        201,
        { title: 'x' },
        {
          etag: ETAG,
          location: expect.stringMatching(/^\/api\/[0-9a-f-]{36}\/tasks\/[0-9a-f-]{36}$/),
          'idempotency-replayed': 'true',
        },
      ),
    ]),
    [
      'H17',
      'HEAD',
      ({ app, caller, task }) => app.send('head', `/api/me/tasks/${task.id}`, caller),
      emptyAnswer(200, { ...USER_DATA, etag: ETAG }),
    ],
    ...[CANARY.repeat(1_000), 'a b', '<script>', 'a'.repeat(65), ''].map((requestId): Abuse => [
      'H18',
      `X-Request-Id: ${requestId.slice(0, 20)}…`,
      async ({ app }) => {
        const { status, headers } = await app
          .send('get', '/health/live')
          .set('X-Request-Id', requestId);
        return { status, headers: { 'x-request-id': headers['x-request-id'] }, body: undefined };
      },
      { status: 200, headers: { 'x-request-id': expect.stringMatching(UUID) }, body: undefined },
    ]),
  ],
);
