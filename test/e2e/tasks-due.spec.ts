import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask, etagOf } from '../support/http/lists';

const FORM = 'must be YYYY-MM-DD or YYYY-MM-DDTHH:MM, such as 2026-12-01 or 2026-12-01T09:00';
const LOCAL = 'must be local, without Z or an offset: time_zone has the zone';
const NO_SECONDS = 'must end with its minutes, without seconds';
const ZONE = 'must be the IANA name of a time zone, such as Europe/Berlin or UTC';
const NO_TIME = 'must be null, or absent, where due has no time';
const PRIORITY = 'must be a whole number from 0 (none) to 4 (highest)';
const TIMED = '2026-12-01T09:00';
const DEFAULTS = { due: null, time_zone: null, priority: 0, tags: [] };
const GIVEN = { due: TIMED, time_zone: 'Europe/Berlin', priority: 3, tags: ['home', 'Home'] };

/** Each is wrong in one part. */
const FAULTS: readonly (readonly [fields: object, pointer: string, detail: string])[] = [
  [{ due: 7 }, '/due', 'must be a string or null'],
  [{ due: '' }, '/due', FORM],
  [{ due: 'tomorrow' }, '/due', FORM],
  [{ due: '2026-12-1' }, '/due', FORM],
  [{ due: '12026-12-01' }, '/due', FORM],
  [{ due: '2026-12-01 09:00' }, '/due', FORM],
  [{ due: '2026-12-01T09' }, '/due', FORM],
  [{ due: `${TIMED}Z` }, '/due', LOCAL],
  [{ due: `${TIMED}:00+01:00` }, '/due', LOCAL],
  [{ due: `${TIMED}:00` }, '/due', NO_SECONDS],
  [{ due: '0000-01-01' }, '/due', 'must have a year from 0001 to 9999'],
  [{ due: '2026-00-01' }, '/due', 'must have a month from 01 to 12'],
  [{ due: '2026-13-01' }, '/due', 'must have a month from 01 to 12'],
  [{ due: '2026-02-29' }, '/due', 'must be on a day that exists: its month has 28 days'],
  [{ due: '2024-02-30' }, '/due', 'must be on a day that exists: its month has 29 days'],
  [{ due: '1900-02-29' }, '/due', 'must be on a day that exists: its month has 28 days'],
  [{ due: '2026-12-00' }, '/due', 'must be on a day that exists: its month has 31 days'],
  [{ due: '2026-12-01T24:00' }, '/due', 'must have an hour from 00 to 23'],
  [{ due: '2026-12-01T23:60' }, '/due', 'must have a minute from 00 to 59'],
  [{ due: TIMED, time_zone: 7 }, '/time_zone', ZONE],
  [{ due: TIMED, time_zone: '' }, '/time_zone', ZONE],
  [{ due: TIMED, time_zone: 'Mars/Olympus' }, '/time_zone', ZONE],
  // What PostgreSQL takes, and JavaScript does not; and the other way round.
  [{ due: TIMED, time_zone: 'posix/Europe/Berlin' }, '/time_zone', ZONE],
  [{ due: TIMED, time_zone: 'europe/berlin' }, '/time_zone', 'must be spelt Europe/Berlin'],
  [{ due: TIMED, time_zone: '+01:00' }, '/time_zone', ZONE],
  [{ due: TIMED, time_zone: 'CEST' }, '/time_zone', ZONE],
  [{ due: '2026-12-01', time_zone: 'UTC' }, '/time_zone', NO_TIME],
  [{ due: null, time_zone: 'UTC' }, '/time_zone', NO_TIME],
  [{ priority: 5 }, '/priority', PRIORITY],
  [{ priority: -1 }, '/priority', PRIORITY],
  [{ priority: 1.5 }, '/priority', PRIORITY],
  [{ priority: '3' }, '/priority', PRIORITY],
  [{ priority: true }, '/priority', PRIORITY],
  [{ tags: 'home' }, '/tags', 'must be an array of strings'],
  [{ tags: { 0: 'home' } }, '/tags', 'must be an array of strings'],
  [{ tags: [['home']] }, '/tags', 'must be an array of strings'],
  [{ tags: ['home', 7] }, '/tags/1', 'must be a string'],
  [{ tags: ['home', null] }, '/tags/1', 'must be a string'],
  [{ tags: [''] }, '/tags/0', 'must not be blank'],
  [{ tags: [' '] }, '/tags/0', 'must not be blank: no character of it can be seen'],
  [{ tags: ['a\nb'] }, '/tags/0', 'must not contain the character U+000A: it is one line'],
  [{ tags: ['x'.repeat(51)] }, '/tags/0', 'must have at most 50 characters'],
  [{ tags: ['a', 'b', 'a'] }, '/tags/2', 'must not be repeated'],
  [{ tags: ['\u00e9', 'e\u0301'] }, '/tags/1', 'must not be repeated'],
  [{ tags: Array.from({ length: 11 }, String) }, '/tags', 'must have at most 10 items'],
  [
    { completed_at: '2026-12-01' },
    '/completed_at',
    'must be an RFC 3339 date and time with a time zone, such as 2026-01-31T09:30:00Z',
  ],
];

const KEPT: readonly object[] = [
  { due: '0001-01-01' },
  { due: '9999-12-31T23:59' },
  { due: '2000-02-29T00:00' },
  // In a gap: this time is on no clock in Berlin, nor in Sydney.
  { due: '2026-03-29T02:30', time_zone: 'Europe/Berlin' },
  { due: '2026-10-04T02:30', time_zone: 'Australia/Sydney' },
  // And this one is there twice.
  { due: '2026-10-25T02:30', time_zone: 'Europe/Berlin' },
  ...['UTC', 'Asia/Kolkata', 'Asia/Calcutta', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires'].map(
    (zone) => ({ due: TIMED, time_zone: zone }),
  ),
  { priority: 4 },
  {
    tags: [
      'b',
      'a',
      'A',
      '\u{1f331}'.repeat(50),
      '"\\',
      "'; drop table tasks; --",
      '{a,b}',
      'NULL',
    ],
  },
];

describe('due, time_zone, priority and tags', () => {
  let app: TestedApi;
  let caller: Caller;
  let task: TaskBody;
  let path: string;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  beforeEach(async () => {
    task = await aTask(app, caller, GIVEN);
    path = `/api/${caller.userId}/tasks/${task.id}`;
  });
  afterAll(() => app.stop());

  const send = async (method: 'post' | 'put' | 'patch', body: object) =>
    app.send(method, method === 'post' ? '/api/me/tasks' : path, caller).send(body);
  const stored = async (): Promise<TaskBody> =>
    (await app.send('get', path, caller)).body as TaskBody;

  it.each(KEPT)('are kept to the byte by every write: %j', async (fields) => {
    for (const method of ['post', 'put', 'patch'] as const) {
      const without = method === 'patch' ? {} : DEFAULTS;
      const response = await send(method, { title: 'a', time_zone: null, ...fields });

      expect(response.body).toMatchObject({ ...without, ...fields });
      const read = await app.send('get', `/api/me/tasks/${response.body.id}`, caller);
      expect(read.body).toEqual(response.body);
    }
  });

  it.each(FAULTS)('refuse %j at %s', async (fields, pointer, detail) => {
    for (const method of ['post', 'put', 'patch'] as const) {
      const response = await send(method, { title: 'a', ...fields });

      expect(answerOf(response)).toEqual(
        problemAnswer('validation', { errors: [{ pointer, detail }] }),
      );
    }
    expect(await stored()).toEqual(task);
  });

  it('have their defaults where a client sends a title alone, or null', async () => {
    const nothing = { due: null, time_zone: null, priority: null, tags: null, completed_at: null };

    expect((await send('post', { title: 'a' })).body).toMatchObject(DEFAULTS);
    expect((await send('post', { title: 'a', ...nothing })).body).toMatchObject(DEFAULTS);
    expect((await send('patch', nothing)).body).toMatchObject(DEFAULTS);
    expect((await send('put', { title: 'a' })).body).toMatchObject(DEFAULTS);
  });

  it.each([
    [{ title: 'b' }, GIVEN],
    [{ due: '2026-12-02T10:00' }, { ...GIVEN, due: '2026-12-02T10:00' }],
    [{ time_zone: 'UTC' }, { ...GIVEN, time_zone: 'UTC' }],
    [{ time_zone: null }, { ...GIVEN, time_zone: null }],
    [{ due: '2026-12-02' }, { ...GIVEN, due: '2026-12-02', time_zone: null }],
    [{ due: null }, { ...GIVEN, due: null, time_zone: null }],
    [
      { due: null, time_zone: null },
      { ...GIVEN, due: null, time_zone: null },
    ],
    [{ tags: ['a'] }, { ...GIVEN, tags: ['a'] }],
    [
      { tags: null, priority: null },
      { ...GIVEN, tags: [], priority: 0 },
    ],
  ])('by a patch %j keep what it does not name', async (patch, expected) => {
    const response = await send('patch', patch);

    expect(response.body).toMatchObject(expected);
    expect(await stored()).toEqual(response.body);
  });

  it.each([[{ due: null }], [{ due: '2026-12-01' }]])(
    'refuse a zone alone where the stored task has %j',
    async (dated) => {
      await send('patch', dated);
      const fault = problemAnswer('validation', {
        errors: [{ pointer: '/time_zone', detail: NO_TIME }],
      });

      expect(answerOf(await send('patch', { time_zone: 'UTC', title: 'b' }))).toEqual(fault);
      const held = app.send('patch', path, caller).set('If-Match', await etagOf(app, caller, task));
      expect(answerOf(await held.send({ time_zone: 'UTC' }))).toEqual(fault);
      const beaten = app.send('patch', path, caller).set('If-Match', '"1"');
      expect((await beaten.send({ time_zone: 'UTC' })).body.code).toBe('precondition-failed');
      expect(await stored()).toMatchObject({ ...dated, time_zone: null, title: task.title });
    },
  );

  it('refuse a zone alone for a task that is not there with 404', async () => {
    const absent = '/api/me/tasks/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
    const response = await app.send('patch', absent, caller).send({ time_zone: 'UTC' });

    expect(response.body.code).toBe('task-not-found');
  });
});

describe('completed_at', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  it('is the time of the write that completed the task, by every way', async () => {
    const { id, ...open } = await aTask(app, caller);
    const path = `/api/me/tasks/${id}`;
    expect(open.completed_at).toBeNull();
    const ways = [
      () => app.send('patch', `${path}/complete`, caller),
      () => app.send('patch', `${path}/complete`, caller).send({ completed: true }),
      () => app.send('patch', path, caller).send({ completed: true }),
      () => app.send('put', path, caller).send({ title: 'a', completed: true }),
    ];
    for (const complete of ways) {
      const done = (await complete()).body as TaskBody;
      expect(done.completed_at).toBe(done.updated_at);

      // It stays while the task stays completed, whatever a body says.
      const past = { title: 'b', completed: true, completed_at: '2020-01-01T00:00:00Z' };
      for (const method of ['patch', 'put'] as const) {
        expect((await app.send(method, path, caller).send(past)).body).toMatchObject({
          title: 'b',
          completed_at: done.completed_at,
        });
      }
      const reopened = await app.send('patch', path, caller).send({ completed: false });
      expect(reopened.body.completed_at).toBeNull();
    }
    const born = await aTask(app, caller, { completed: true });
    expect(born.completed_at).toBe(born.created_at);
  });

  it('is null where a task was completed before there was this time', async () => {
    const { id } = await aTask(app, caller, { completed: true });
    await app.database.query('update tasks set completed_at = null where id = $1', [id]);

    const patched = await app.send('patch', `/api/me/tasks/${id}`, caller).send({ title: 'b' });

    expect(patched.body).toMatchObject({ completed: true, completed_at: null });
  });
});
