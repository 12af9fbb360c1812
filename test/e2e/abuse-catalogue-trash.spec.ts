import { encodeCursor } from '../../src/tasks/pages/task-page';
import { encodeTrashCursor } from '../../src/trash/trash.service';
import { type Abuse, type Actors, CANARY, describeAbuses } from '../support/http/abuse';
import { type Answer, problemAnswer, USER_DATA } from '../support/http/answers';

const UUID = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
const LIMIT = 'must be a whole number from 1 to 200';
const UNKNOWN = 'is not known here';
const NO_PARAMETERS = 'is not known here, where there are no parameters';
const NOT_FOUND = problemAnswer('task-not-found');
const INVALID_CURSOR = problemAnswer('invalid-cursor');
const BAD_TASK_ID = problemAnswer('validation', {
  errors: [
    {
      parameter: 'task_id',
      detail: 'must be a UUID, such as 4a8494e7-0e17-4c5b-9f60-3a5d1f0b2c4d',
    },
  ],
});
const EMPTY_PAGE: Answer = {
  status: 200,
  headers: USER_DATA,
  body: { items: [], next_cursor: null },
};

const list = (id: string, text: string, answer: Answer): Abuse => [
  id,
  text,
  ({ app, caller }) => app.send('get', `/api/me/trash?${text}`, caller),
  answer,
];
const faulty = (id: string, text: string, parameter: string, detail: string): Abuse =>
  list(id, text, problemAnswer('validation', { errors: [{ parameter, detail }] }));
const cursor = (
  input: string,
  make: (actors: Actors) => string,
  answer: Answer = INVALID_CURSOR,
): Abuse => [
  'T3',
  input,
  (actors) => actors.app.send('get', `/api/me/trash?cursor=${make(actors)}`, actors.caller),
  answer,
];
/** On both routes of one deleted task. */
const one = (
  id: string,
  input: string,
  path: (actors: Actors) => string,
  answer: Answer,
): readonly Abuse[] => [
  [
    id,
    `restore ${input}`,
    (actors) =>
      actors.app.send('post', `/api/${path(actors)}`.replace('?', '/restore?'), actors.caller),
    answer,
  ],
  [
    id,
    `erase ${input}`,
    (actors) => actors.app.send('delete', `/api/${path(actors)}`.replace(/\?$/, ''), actors.caller),
    answer,
  ],
];
const forged = (content: unknown): string =>
  Buffer.from(JSON.stringify(content)).toString('base64url');
/** A cursor whose check digits are right, and whose number is not. */
const withNumber = (number: string) => (actors: Actors) =>
  encodeTrashCursor(actors.caller.userId, number);

describeAbuses(
  'trash',
  ['T1', 'T2', 'T3', 'T4', 'T5', 'T6'],
  [
    faulty('T1', 'limit=1&limit=2', 'limit', 'must be given once'),
    faulty('T1', 'limit=0', 'limit', LIMIT),
    faulty('T1', 'limit=201', 'limit', LIMIT),
    faulty('T1', 'limit=1e2', 'limit', LIMIT),
    faulty('T1', 'limit=', 'limit', LIMIT),
    list('T1', 'limit=200', EMPTY_PAGE),
    faulty('T2', 'deleted_after=2026-01-01', 'deleted_after', UNKNOWN),
    faulty('T2', 'q=x', 'q', UNKNOWN),
    faulty('T2', '__proto__=1', '__proto__', UNKNOWN),
    ...one(
      'T2',
      'with a parameter',
      ({ task }) => `me/trash/${task.id}?force=true`,
      problemAnswer('validation', { errors: [{ parameter: 'force', detail: NO_PARAMETERS }] }),
    ),
    cursor('of the own tasks', ({ caller, task }) =>
      encodeCursor({ userId: caller.userId, sort: '-created_at' }, { key: task.id, id: task.id }),
    ),
    cursor("of another user's trash", ({ victim }) =>
      encodeTrashCursor(victim.userId, '1795867915111145'),
    ),
    cursor('0', withNumber('0')),
    cursor('a negative number', withNumber('-1')),
    cursor('a number that PostgreSQL has not', withNumber('9223372036854775808')),
    cursor('the largest number', withNumber('9223372036854775807'), EMPTY_PAGE),
    cursor('no number', withNumber(CANARY)),
    cursor('forged', () => forged([1, CANARY, '1'])),
    cursor('not JSON', () => Buffer.from(CANARY).toString('base64url')),
    cursor('padded', (actors) => `${withNumber('17')(actors)}=`),
    ...one('T4', 'a malformed id', () => `me/trash/${CANARY}?`, BAD_TASK_ID),
    ...one('T4', 'an id with NUL', () => `me/trash/${UUID}%00?`, BAD_TASK_ID),
    ...one('T4', 'a truncated escape', () => 'me/trash/%E0%A4?', problemAnswer('malformed-uri')),
    ...one('T5', 'a task that is not deleted', ({ task }) => `me/trash/${task.id}?`, NOT_FOUND),
    ...one('T5', "another user's task", (a) => `me/trash/${a.victimsTask.id}?`, NOT_FOUND),
    ...one(
      'T5',
      "on another user's path",
      ({ victim, victimsTask }) => `${victim.userId}/trash/${victimsTask.id}?`,
      problemAnswer('forbidden'),
    ),
    [
      'T6',
      'a restore with a body that is no JSON',
      ({ app, caller }) =>
        app
          .send('post', `/api/me/trash/${UUID}/restore`, caller)
          .set('Content-Type', 'text/plain')
          .send(`{"${CANARY}`),
      problemAnswer('validation', {
        errors: [{ pointer: '', detail: 'must be absent, or {}: nothing is taken from it' }],
      }),
    ],
  ],
);
