import { expect } from '@jest/globals';
import { encodeCursor } from '../../src/tasks/pages/task-page';
import { type Abuse, CANARY, type Actors, describeAbuses, rawAnswer } from '../support/http/abuse';
import { type Answer, problemAnswer, USER_DATA } from '../support/http/answers';

const LIMIT = 'must be a whole number from 1 to 200';
const COMPLETED = 'must be true or false';
const ONCE = 'must be given once';
const UNKNOWN = 'is not known here';
const TIMESTAMP =
  'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z';
const NO_DAY = 'must be on a day that exists';
const BLANK = 'has a blank where the + of its time zone was: send it as %2B';
const NOT_ENCODED = 'must be percent-encoded UTF-8, with %25 for a %';
const SORT =
  'must be one of -created_at, created_at, -updated_at, updated_at, title, -title, due, -due, priority, -priority, position, -position';
const INVALID_CURSOR = problemAnswer('invalid-cursor');
const EMPTY_PAGE: Answer = {
  status: 200,
  headers: USER_DATA,
  body: { items: [], next_cursor: null },
};

const query = (id: string, input: string, text: string, answer: Answer): Abuse => [
  id,
  input,
  ({ app, caller }) => app.send('get', `/api/me/tasks?${text}`, caller),
  answer,
];
const faulty = (id: string, text: string, parameter: string, detail: string): Abuse =>
  query(id, text, text, problemAnswer('validation', { errors: [{ parameter, detail }] }));
const undecodable = (text: string, parameter: string): Abuse => {
  const detail = parameter === '' ? `a parameter ${NOT_ENCODED}` : NOT_ENCODED;
  return query(
    'Q9',
    text,
    text,
    problemAnswer('malformed-uri', { errors: [{ parameter, detail }] }),
  );
};
const cursor = (id: string, input: string, make: (actors: Actors) => string, rest = ''): Abuse => [
  id,
  input,
  (actors) => actors.app.send('get', `/api/me/tasks?cursor=${make(actors)}${rest}`, actors.caller),
  INVALID_CURSOR,
];

/** A cursor as the API itself would give it. */
const cursorOf = (userId: string, id: string): string =>
  encodeCursor({ userId, sort: '-created_at' }, { key: id, id });
const forged = (content: unknown): string =>
  Buffer.from(JSON.stringify(content)).toString('base64url');

describeAbuses(
  'query',
  ['Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q7', 'Q9', 'Q10', 'Q11', 'Q12', 'Q13', 'Q15', 'Q16'],
  [
    faulty('Q1', 'limit=1&limit=2', 'limit', ONCE),
    faulty('Q1', 'completed=true&completed=false', 'completed', ONCE),
    faulty('Q1', 'sort=title&sort=title', 'sort', ONCE),
    faulty('Q2', 'limit=abc', 'limit', LIMIT),
    faulty('Q2', 'limit=', 'limit', LIMIT),
    faulty('Q2', 'limit', 'limit', LIMIT),
    faulty('Q2', 'limit=0', 'limit', LIMIT),
    faulty('Q2', 'limit=-1', 'limit', LIMIT),
    faulty('Q2', 'limit=201', 'limit', LIMIT),
    faulty('Q2', 'limit=99999999999999999999', 'limit', LIMIT),
    faulty('Q3', 'limit=0x5', 'limit', LIMIT),
    faulty('Q3', 'limit=1e1', 'limit', LIMIT),
    faulty('Q3', 'limit=5.0', 'limit', LIMIT),
    faulty('Q3', 'limit=+5', 'limit', LIMIT),
    faulty('Q3', 'limit=%205', 'limit', LIMIT),
    faulty('Q3', 'limit=05', 'limit', LIMIT),
    faulty('Q3', 'limit=%EF%BC%95', 'limit', LIMIT),
    query('Q4', 'completed=true, which no task is', 'completed=true', EMPTY_PAGE),
    [
      'Q4',
      'completed=false, which every task is',
      ({ app, caller }) => app.send('get', '/api/me/tasks?completed=false', caller),
      {
        ...EMPTY_PAGE,
        body: { items: [expect.objectContaining({ title: 'Mine' })], next_cursor: null },
      },
    ],
    faulty('Q4', 'completed=FALSE', 'completed', COMPLETED),
    faulty('Q4', 'completed=0', 'completed', COMPLETED),
    faulty('Q4', 'completed=no', 'completed', COMPLETED),
    faulty('Q4', 'completed=', 'completed', COMPLETED),
    faulty('Q5', 'foo=1', 'foo', UNKNOWN),
    faulty('Q5', 'Limit=1', 'Limit', `${UNKNOWN}; send limit`),
    faulty('Q5', 'createdAfter=x', 'createdAfter', `${UNKNOWN}; send created_after`),
    faulty('Q5', 'created-after=x', 'created-after', `${UNKNOWN}; send created_after`),
    faulty('Q5', 'offset=0', 'offset', UNKNOWN),
    faulty('Q5', `%3Cscript%3E${CANARY}=1`, '', `a parameter ${UNKNOWN}`),
    faulty('Q7', '__proto__=1', '__proto__', UNKNOWN),
    faulty('Q7', '__proto__[x]=1', '__proto__[x]', UNKNOWN),
    faulty('Q7', 'a[b][c]=1', 'a[b][c]', UNKNOWN),
    faulty('Q7', 'q[$ne]=1', 'q[$ne]', `${UNKNOWN}; send q`),
    faulty('Q7', 'limit[]=1', 'limit[]', `${UNKNOWN}; send limit`),
    faulty('Q7', 'completed[]=true', 'completed[]', `${UNKNOWN}; send completed`),
    faulty('Q7', 'completed%5B%5D=true', 'completed[]', `${UNKNOWN}; send completed`),
    faulty('Q7', 'constructor=1', 'constructor', UNKNOWN),
    faulty('Q9', 'q=a%00b', 'q', 'must not contain the character U+0000'),
    faulty('Q9', 'q=a%0Ab', 'q', 'must not contain the character U+000A: it is one line'),
    faulty('Q9', 'q=', 'q', 'must not be empty'),
    ...['q=%ZZ', 'q=100%', 'q=%', 'q=%ED%A0%80', 'q=%FF', 'q=%C3', 'q=a%C3&limit=1'].map((text) =>
      undecodable(text, 'q'),
    ),
    undecodable('limit=1&%ZZ=1', ''),
    [
      'Q9',
      'bytes that are not encoded',
      (actors) =>
        rawAnswer(
          actors,
          `GET /api/me/tasks?q=ö HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${actors.caller.authorization}\r\n\r\n`,
        ),
      problemAnswer('malformed-uri'),
    ],
    faulty('Q9', 'created_after=%00', 'created_after', TIMESTAMP),
    query(
      'Q10',
      '2,000 unknown parameters',
      Array.from({ length: 2_000 }, (_, i) => `${i}=1`).join('&'),
      problemAnswer('validation', {
        errors: Array.from({ length: 20 }, (_, i) => ({ parameter: String(i), detail: UNKNOWN })),
      }),
    ),
    query('Q11', 'q=%_\\ is text', 'q=%25_%5C', EMPTY_PAGE),
    query('Q11', 'q=_ is text', 'q=_', EMPTY_PAGE),
    query('Q11', 'q=% is text', 'q=%25', EMPTY_PAGE),
    query('Q11', "q='; drop table is text", "q='; drop table tasks; --", EMPTY_PAGE),
    query(
      'Q12',
      'q of 10 kB',
      `q=${'x'.repeat(10_000)}`,
      problemAnswer('validation', {
        errors: [{ parameter: 'q', detail: 'must have at most 200 characters' }],
      }),
    ),
    [
      'Q12',
      'a URL of 20 kB',
      (actors) =>
        rawAnswer(actors, `GET /api/me/tasks?q=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
      problemAnswer('header-fields-too-large'),
    ],
    faulty('Q13', 'sort=title;drop', 'sort', SORT),
    faulty('Q13', 'sort=__proto__', 'sort', SORT),
    faulty('Q13', 'sort=version', 'sort', SORT),
    faulty('Q13', 'sort=', 'sort', SORT),
    faulty('Q13', 'order=ASC;--', 'order', UNKNOWN),
    cursor('Q15', 'an empty cursor', () => ''),
    cursor('Q15', 'a truncated cursor', ({ caller, task }) =>
      cursorOf(caller.userId, task.id).slice(0, -1),
    ),
    cursor(
      'Q15',
      'a cursor and more',
      ({ caller, task }) => `${cursorOf(caller.userId, task.id)}AA`,
    ),
    cursor('Q15', "another user's cursor", ({ victim, victimsTask }) =>
      cursorOf(victim.userId, victimsTask.id),
    ),
    cursor(
      'Q15',
      'a cursor of another sort',
      ({ caller, task }) => cursorOf(caller.userId, task.id),
      '&sort=title',
    ),
    cursor(
      'Q15',
      'a cursor of other filters',
      ({ caller, task }) => cursorOf(caller.userId, task.id),
      '&q=x',
    ),
    cursor('Q15', 'a forged cursor', () => forged([1, 'AAAAAAAAAAAAAAAA', 'id'])),
    cursor('Q15', 'an object for a cursor', () => forged({ length: 3 })),
    cursor('Q15', 'an id for a cursor', ({ task }) => task.id),
    cursor('Q15', 'text for a cursor', () => CANARY),
    faulty('Q15', `cursor=${'A'.repeat(2_001)}`, 'cursor', 'is not a cursor of this API'),
    ...[
      'infinity',
      'now',
      '+300000-01-01T00:00:00Z',
      '2024-01-01',
      '10000-01-01T00:00:00Z',
      '1700000000',
    ].map((value) =>
      faulty('Q16', `updated_before=${encodeURIComponent(value)}`, 'updated_before', TIMESTAMP),
    ),
    faulty('Q16', 'created_after=2024-01-01T00:00:00', 'created_after', TIMESTAMP),
    faulty('Q16', 'created_before=2024-01-01T24:00:00Z', 'created_before', TIMESTAMP),
    faulty('Q16', 'created_before=2024-01-01T00:00:00+02:00', 'created_before', BLANK),
    faulty('Q16', 'updated_after=2024-01-01T00:00:00.5+02:00', 'updated_after', BLANK),
    faulty('Q16', 'updated_before=2024-02-30T00:00:00Z', 'updated_before', NO_DAY),
    query('Q16', 'the year 0', 'updated_before=0000-01-01T00:00:00Z', EMPTY_PAGE),
    query('Q16', 'the end of the year 9999', 'updated_after=9999-12-31T23:59:59-23:59', EMPTY_PAGE),
  ],
);
