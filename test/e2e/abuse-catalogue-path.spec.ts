import { type Abuse, CANARY, describeAbuses, rawAnswer } from '../support/http/abuse';
import { type Answer, emptyAnswer, problemAnswer } from '../support/http/answers';

const BAD_USER_ID = problemAnswer('validation', {
  errors: [{ parameter: 'user_id', detail: 'must be at most 255 characters, without NUL' }],
});
const FOREIGN = problemAnswer('forbidden');
const BAD_TASK_ID = problemAnswer('validation', {
  errors: [
    {
      parameter: 'task_id',
      detail: 'must be a UUID, such as 4a8494e7-0e17-4c5b-9f60-3a5d1f0b2c4d',
    },
  ],
});
const NOT_ALLOWED = problemAnswer('method-not-allowed', {
  headers: { allow: 'GET, HEAD, OPTIONS, POST' },
});

const userId = (id: string, input: string, text: string, answer = FOREIGN): Abuse => [
  id,
  input,
  ({ app, caller }) => app.send('get', `/api/${text}/tasks`, caller),
  answer,
];
const taskId = (id: string, text: string, answer = BAD_TASK_ID): Abuse => [
  id,
  `task id ${text}`,
  ({ app, caller }) => app.send('get', `/api/me/tasks/${text}`, caller),
  answer,
];
/** Written by hand, because clients resolve dots and collapse slashes. */
const target = (id: string, path: string, answer: Answer): Abuse => [
  id,
  `target ${path}`,
  (actors) =>
    rawAnswer(
      actors,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
        `Authorization: ${actors.caller.authorization}\r\n\r\n`,
    ),
  answer,
];

const UUID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describeAbuses(
  'path',
  ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P10', 'P12', 'P13', 'P14'],
  [
    userId('P1', 'NUL in the user id', 'u%00', BAD_USER_ID),
    userId('P1', 'NUL behind a UUID', `${UUID}%00`, BAD_USER_ID),
    taskId('P1', `${UUID}%00`),
    userId('P2', 'a truncated escape', '%E0%A4%A', problemAnswer('malformed-uri')),
    userId('P2', 'bytes that are not UTF-8', '%ff', problemAnswer('malformed-uri')),
    taskId('P2', '%C0%AF', problemAnswer('malformed-uri')),
    userId('P3', 'an encoded slash', 'u1%2F..%2Fu2'),
    userId('P3', "a climb to another user's id", `${UUID}%2F..%2F${UUID}`),
    userId('P4', '65 characters', 'a'.repeat(65)),
    userId('P4', '255 characters', 'a'.repeat(255)),
    userId('P4', '256 characters', 'a'.repeat(256), BAD_USER_ID),
    userId('P4', '8,000 characters', 'a'.repeat(8_000), BAD_USER_ID),
    userId('P4', '255 characters of four bytes', encodeURIComponent('𝒳'.repeat(255))),
    userId('P4', 'an escaped escape', '%256d%2565'),
    userId('P4', 'a blank', '%20'),
    userId('P4', 'a UUID in blanks', `%20${UUID}%20`),
    userId('P4', 'fullwidth digits', encodeURIComponent(UUID.replaceAll('0', '０'))),
    userId('P4', 'a Cyrillic a', encodeURIComponent(UUID.replaceAll('a', 'а'))),
    userId('P4', 'a UUID in braces', `%7B${UUID}%7D`),
    userId('P4', 'a UUID without hyphens', UUID.replaceAll('-', '')),
    userId('P4', 'a URN', `urn:uuid:${UUID}`),
    userId('P4', 'text', CANARY),
    target('P4', '/api/./tasks', FOREIGN),
    target('P4', '/api/../tasks', FOREIGN),
    target('P4', '/api/%2e%2e/tasks', FOREIGN),
    target('P4', '/api//tasks', problemAnswer('route-not-found')),
    target('P5', '/API/ME/TASKS', problemAnswer('route-not-found')),
    target('P6', '/api/me/tasks/', problemAnswer('route-not-found')),
    target('P6', '//api/me/tasks', problemAnswer('route-not-found')),
    taskId('P7', 'abc'),
    taskId('P8', '99999999999999999999'),
    taskId('P10', '0'),
    taskId('P10', '-1'),
    target('P12', `/${CANARY}`, problemAnswer('route-not-found')),
    target('P12', `/api/me/tasks/${UUID}/${CANARY}`, problemAnswer('route-not-found')),
    [
      'P13',
      'PUT on the list',
      ({ app, caller }) => app.send('put', '/api/me/tasks', caller),
      NOT_ALLOWED,
    ],
    [
      'P13',
      'DELETE of the list',
      ({ app, caller }) => app.send('delete', '/api/me/tasks', caller),
      NOT_ALLOWED,
    ],
    [
      'P13',
      'TRACE',
      (actors) =>
        rawAnswer(actors, 'TRACE /api/me/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      NOT_ALLOWED,
    ],
    [
      'P14',
      'OPTIONS without a token',
      ({ app }) => app.send('options', '/api/me/tasks'),
      emptyAnswer(204, { allow: 'GET, HEAD, OPTIONS, POST' }),
    ],
  ],
);
