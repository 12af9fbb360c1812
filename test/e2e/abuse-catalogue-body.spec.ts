import {
  type Abuse,
  CANARY,
  create,
  createFaulty,
  describeAbuses,
  rawAnswer,
  rawPost,
} from '../support/http/abuse';
import { type Answer, createdAnswer, problemAnswer } from '../support/http/answers';

const malformed = (detail: string): Answer =>
  problemAnswer('malformed-json', { errors: [{ pointer: '', detail }] });
const MALFORMED = malformed('is not JSON');
const NOT_UTF8 = malformed('is not UTF-8');
const TOO_LARGE = problemAnswer('payload-too-large');
const NO_OBJECT = problemAnswer('validation', {
  errors: [{ pointer: '', detail: 'must be a JSON object' }],
});
const forbidden = (name: string): string => `must not contain the character ${name}`;
const NESTED = 'must not be an object or array';
const UNKNOWN = 'is not known here';
const NO_TIME = 'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';

const text = (id: string, body: string, answer: Answer): Abuse =>
  create(id, body.slice(0, 40), body, answer);
const bytes = (id: string, input: string, body: Uint8Array, answer: Answer): Abuse => [
  id,
  input,
  (actors) => rawPost(actors, { 'Content-Type': 'application/json' }, body),
  answer,
];
/** A body without a length, as long as the server listens. */
const chunked = (input: string, size: number, answer: Answer): Abuse => [
  'B12',
  input,
  (actors) =>
    rawAnswer(
      actors,
      `POST /api/me/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: ${actors.caller.authorization}\r\n` +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n' +
        `${size.toString(16)}\r\n${' '.repeat(size)}\r\n0\r\n\r\n`,
    ),
  answer,
];

describeAbuses(
  'body',
  ['B1', 'B4', 'B5', 'B6', 'B7', 'B9', 'B10', 'B11', 'B12'],
  [
    createFaulty('B1', { title: 'a\0b' }, 'title', forbidden('U+0000')),
    createFaulty('B1', { description: 'a\0b' }, 'description', forbidden('U+0000')),
    text(
      'B1',
      '{"title":"a\\ud800b"}',
      problemAnswer('validation', {
        errors: [
          {
            pointer: '/title',
            detail: 'must be well-formed Unicode, without the lone surrogate U+D800',
          },
        ],
      }),
    ),
    text(
      'B1',
      '{"title":"x","description":"\\udc00"}',
      problemAnswer('validation', {
        errors: [
          {
            pointer: '/description',
            detail: 'must be well-formed Unicode, without the lone surrogate U+DC00',
          },
        ],
      }),
    ),
    bytes(
      'B1',
      'bytes that are not UTF-8',
      Buffer.from('7b227469746c65223a22ff227d', 'hex'),
      NOT_UTF8,
    ),
    bytes('B1', 'an overlong slash', Buffer.from('7b227469746c65223a22c0af227d', 'hex'), NOT_UTF8),
    bytes(
      'B1',
      'a surrogate in UTF-8',
      Buffer.from('7b227469746c65223a22eda080227d', 'hex'),
      NOT_UTF8,
    ),
    ...(
      [
        ['\u0007', forbidden('U+0007')],
        ['\u001b[31m', forbidden('U+001B')],
        ['a\nb', `${forbidden('U+000A')}: it is one line`],
        ['a\tb', forbidden('U+0009')],
        ['\u007f', forbidden('U+007F')],
        ['\u009b31m', forbidden('U+009B')],
        ['a\u2028b', `${forbidden('U+2028')}: it is one line`],
        ['a\u202eb', `${forbidden('U+202E')}; use isolates (U+2066 to U+2069) instead`],
        ['a\u2066b', 'must close each isolate (U+2066 to U+2068) by U+2069'],
      ] as const
    ).map(([title, detail]) => createFaulty('B4', { title: `x${title}x` }, 'title', detail)),
    createFaulty(
      'B4',
      { title: ' \u200b\u3164' },
      'title',
      'must not be blank: no character of it can be seen',
    ),
    create(
      'B4',
      'a balanced isolate is no fault',
      '{"title":"\u2068@dana\u2069 call"}',
      createdAnswer({ title: '\u2068@dana\u2069 call' }),
    ),
    createFaulty('B4', { description: '\u0007' }, 'description', forbidden('U+0007')),
    text(
      'B4',
      '{"title":"x","description":"a\\n\\tb\\r\\n"}',
      createdAnswer({ title: 'x', description: 'a\n\tb\r\n' }),
    ),
    ...[
      `{"title":"${CANARY}"`,
      `{"title":"${CANARY}",}`,
      `{"title":NaN}`,
      `{'title':'${CANARY}'}`,
      'undefined',
      `{"title":"x"}${CANARY}`,
      '\u0000',
    ].map((body) => text('B5', body, MALFORMED)),
    ...['null', '"x"', '1', 'true'].map((body) => text('B5', body, NO_OBJECT)),
    create(
      'B5',
      'a byte order mark is no fault',
      '\ufeff{"title":"x"}',
      createdAnswer({ title: 'x' }),
    ),
    text(
      'B6',
      '',
      problemAnswer('validation', {
        errors: [{ pointer: '', detail: 'is missing: send a JSON object' }],
      }),
    ),
    text('B6', '  ', MALFORMED),
    text('B7', '[]', NO_OBJECT),
    text('B7', '[{"title":"x"}]', NO_OBJECT),
    create('B7', '1,000 objects', JSON.stringify(Array(1_000).fill({})), NO_OBJECT),
    text(
      'B9',
      '{"title":"x","__proto__":{"admin":true}}',
      problemAnswer('validation', { errors: [{ pointer: '/__proto__', detail: UNKNOWN }] }),
    ),
    text(
      'B9',
      '{"title":"x","__proto__":null}',
      problemAnswer('validation', { errors: [{ pointer: '/__proto__', detail: UNKNOWN }] }),
    ),
    text(
      'B9',
      '{"title":"x","constructor":{"prototype":{}}}',
      problemAnswer('validation', { errors: [{ pointer: '/constructor', detail: UNKNOWN }] }),
    ),
    text(
      'B9',
      '{"title":"x","prototype":1}',
      problemAnswer('validation', { errors: [{ pointer: '/prototype', detail: UNKNOWN }] }),
    ),
    text(
      'B9',
      '{"title":{"__proto__":{"x":1}}}',
      problemAnswer('validation', { errors: [{ pointer: '/title', detail: NESTED }] }),
    ),
    createFaulty('B10', { version: CANARY }, 'version', UNKNOWN),
    createFaulty('B10', { id: CANARY }, 'id', 'must be a UUID'),
    createFaulty('B10', { user_id: CANARY }, 'user_id', 'must be the one in the path, or absent'),
    ...['created_at', 'updated_at'].map((property) =>
      createFaulty('B10', { [property]: CANARY }, property, NO_TIME),
    ),
    text(
      'B10',
      `{"title":"x","${CANARY} <b>":1}`,
      problemAnswer('validation', {
        errors: [{ pointer: '', detail: 'a property is not known here' }],
      }),
    ),
    create('B11', 'arrays 30,000 deep', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, NO_OBJECT),
    create(
      'B11',
      'a title 30,000 arrays deep',
      `{"title":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      problemAnswer('validation', { errors: [{ pointer: '/title', detail: NESTED }] }),
    ),
    create(
      'B11',
      'objects 10,000 deep',
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      problemAnswer('validation', {
        errors: [
          { pointer: '/a', detail: UNKNOWN },
          { pointer: '/title', detail: 'is missing' },
        ],
      }),
    ),
    text(
      'B11',
      '{"title":"one","completed":true,"t\\u0069tle":"another: one"}',
      problemAnswer('validation', {
        errors: [{ pointer: '/title', detail: 'is repeated: send it once' }],
      }),
    ),
    create('B12', '200 kB', JSON.stringify({ title: 'x'.repeat(200_000) }), TOO_LARGE),
    create('B12', '1.1 MB', JSON.stringify({ title: 'x'.repeat(1_100_000) }), TOO_LARGE),
    bytes('B12', '5 MB', Buffer.alloc(5_000_000, ' '), TOO_LARGE),
    chunked('200 kB without a length', 200_000, TOO_LARGE),
    chunked('5 MB without a length', 5_000_000, TOO_LARGE),
  ],
);
