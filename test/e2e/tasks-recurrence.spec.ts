import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sharedApplication } from '../support/app/shared-application';
import type { TestedApi } from '../support/app/tested-api';
import { aCaller, type Caller } from '../support/app/tokens';
import { answerOf, problemAnswer, type TaskBody } from '../support/http/answers';
import { aTask, etagOf } from '../support/http/lists';

/** A Tuesday, and the first one of a month. */
const DUE = '2026-12-01T09:00';
const NO_DUE = 'must be null, or absent, where due is null: the rule starts there';
const OTHER_DAY = 'must have the day of due among its days: the rule starts there';
const ENDED = 'must have an UNTIL that is not before due';
const DONE = 'must be null, or absent, of a completed task: it recurs when it is completed';
const FORM = 'must be a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,TH';
const NO_DATE =
  'must have in UNTIL a date that exists, without a time: UNTIL=20271231 is the last day';
const WEEKDAYS = 'must have weekdays in BYDAY, such as BYDAY=MO,TH';
const NUMBERED =
  'must have numbered weekdays in BYDAY with FREQ=MONTHLY: 1MO is the first Monday, -1SU the last Sunday';
const ONLY = 'must have no part but FREQ, INTERVAL, BYDAY, BYMONTHDAY, UNTIL';

const CANONICAL: readonly (readonly [given: string, stored: string])[] = [
  ['FREQ=DAILY', 'FREQ=DAILY'],
  ['rrule:freq=daily;interval=1', 'FREQ=DAILY'],
  ['INTERVAL=03;FREQ=WEEKLY', 'FREQ=WEEKLY;INTERVAL=3'],
  ['BYDAY=TH,tu,TH;WKST=SU;FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=TU,TH'],
  ['FREQ=MONTHLY;BYDAY=-1SU,+1TU', 'FREQ=MONTHLY;BYDAY=1TU,-1SU'],
  [
    'UNTIL=20271231;BYMONTHDAY=-1,15,1,+15;FREQ=MONTHLY',
    'FREQ=MONTHLY;BYMONTHDAY=1,15,-1;UNTIL=20271231',
  ],
  ['FREQ=YEARLY;INTERVAL=10', 'FREQ=YEARLY;INTERVAL=10'],
  ['FREQ=DAILY;INTERVAL=99;UNTIL=20261201', 'FREQ=DAILY;INTERVAL=99;UNTIL=20261201'],
];

const FAULTS: readonly (readonly [fields: object, pointer: string, detail: string])[] = [
  [{ recurrence: 7 }, '/recurrence', 'must be a string or null'],
  [{ recurrence: '' }, '/recurrence', FORM],
  [{ recurrence: 'every Monday' }, '/recurrence', FORM],
  [{ recurrence: 'FREQ=DAILY;' }, '/recurrence', FORM],
  [{ recurrence: 'FREQ=DAILY\nEXDATE:20261201' }, '/recurrence', FORM],
  [
    { recurrence: `FREQ=MONTHLY;BYMONTHDAY=${'1,'.repeat(120)}1` },
    '/recurrence',
    'must have at most 255 characters',
  ],
  [
    { recurrence: 'INTERVAL=2' },
    '/recurrence',
    'must have FREQ with one of DAILY, WEEKLY, MONTHLY, YEARLY',
  ],
  [
    { recurrence: 'FREQ=HOURLY' },
    '/recurrence',
    'must have FREQ with one of DAILY, WEEKLY, MONTHLY, YEARLY',
  ],
  [{ recurrence: 'FREQ=DAILY;FREQ=DAILY' }, '/recurrence', 'must have FREQ once'],
  [
    { recurrence: 'FREQ=DAILY;INTERVAL=0' },
    '/recurrence',
    'must have an INTERVAL from 1 to 99 with FREQ=DAILY',
  ],
  [
    { recurrence: 'FREQ=DAILY;INTERVAL=100' },
    '/recurrence',
    'must have an INTERVAL from 1 to 99 with FREQ=DAILY',
  ],
  [
    { recurrence: 'FREQ=YEARLY;INTERVAL=11' },
    '/recurrence',
    'must have an INTERVAL from 1 to 10 with FREQ=YEARLY',
  ],
  [
    { recurrence: 'FREQ=DAILY;COUNT=3' },
    '/recurrence',
    'must not have COUNT: send UNTIL, the last date, such as UNTIL=20271231',
  ],
  [
    { recurrence: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU' },
    '/recurrence',
    'must not have WKST: a week starts on Monday',
  ],
  [{ recurrence: 'FREQ=DAILY;BYHOUR=9' }, '/recurrence', 'must not have BYHOUR: due has the time'],
  [{ recurrence: 'FREQ=DAILY;COLOUR=RED' }, '/recurrence', ONLY],
  [{ recurrence: 'FREQ=DAILY;constructor=1' }, '/recurrence', ONLY],
  [
    { recurrence: 'FREQ=DAILY;BYDAY=TU' },
    '/recurrence',
    'must have BYDAY with FREQ=WEEKLY or FREQ=MONTHLY alone',
  ],
  [{ recurrence: 'FREQ=WEEKLY;BYDAY=1TU' }, '/recurrence', WEEKDAYS],
  [{ recurrence: 'FREQ=WEEKLY;BYDAY=TU,' }, '/recurrence', WEEKDAYS],
  [{ recurrence: 'FREQ=MONTHLY;BYDAY=TU' }, '/recurrence', NUMBERED],
  [{ recurrence: 'FREQ=MONTHLY;BYDAY=6TU' }, '/recurrence', NUMBERED],
  [
    { recurrence: 'FREQ=WEEKLY;BYMONTHDAY=1' },
    '/recurrence',
    'must have BYMONTHDAY with FREQ=MONTHLY alone',
  ],
  [
    { recurrence: 'FREQ=MONTHLY;BYMONTHDAY=0' },
    '/recurrence',
    'must have days in BYMONTHDAY from 1 to 31, or from -31 to -1, the last one',
  ],
  [
    { recurrence: 'FREQ=MONTHLY;BYMONTHDAY=32' },
    '/recurrence',
    'must have days in BYMONTHDAY from 1 to 31, or from -31 to -1, the last one',
  ],
  [
    { recurrence: 'FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=1TU' },
    '/recurrence',
    'must have BYDAY or BYMONTHDAY, not both',
  ],
  [{ recurrence: 'FREQ=DAILY;UNTIL=20270229' }, '/recurrence', NO_DATE],
  [{ recurrence: 'FREQ=DAILY;UNTIL=20271231T235959Z' }, '/recurrence', NO_DATE],
  [{ recurrence: 'FREQ=DAILY;UNTIL=2027-12-31' }, '/recurrence', NO_DATE],
  [{ recurrence: 'FREQ=DAILY;UNTIL=20261130' }, '/recurrence', ENDED],
  [{ recurrence: 'FREQ=WEEKLY;BYDAY=MO,WE' }, '/recurrence', OTHER_DAY],
  [{ recurrence: 'FREQ=MONTHLY;BYDAY=2TU,-1TU' }, '/recurrence', OTHER_DAY],
  [{ recurrence: 'FREQ=MONTHLY;BYMONTHDAY=2,-1' }, '/recurrence', OTHER_DAY],
  [{ due: null, recurrence: 'FREQ=DAILY' }, '/recurrence', NO_DUE],
  [{ recurrence_from: 'start' }, '/recurrence_from', 'must be due or completion'],
  [{ recurrence_from: 1 }, '/recurrence_from', 'must be due or completion'],
];

describe('recurrence', () => {
  let app: TestedApi;
  let caller: Caller;

  beforeAll(async () => {
    app = await sharedApplication();
  });
  beforeEach(async () => {
    caller = await aCaller();
  });
  afterAll(() => app.stop());

  const read = async (id: string): Promise<TaskBody> =>
    (await app.send('get', `/api/me/tasks/${id}`, caller)).body as TaskBody;

  it.each(CANONICAL)('%s is stored by every write as %s', async (given, recurrence) => {
    const task = await aTask(app, caller, { due: DUE });
    const path = `/api/me/tasks/${task.id}`;
    const body = { title: 'a', due: DUE, recurrence: given, recurrence_from: 'completion' };
    for (const [method, place] of [
      ['post', '/api/me/tasks'],
      ['put', path],
      ['patch', path],
    ] as const) {
      const response = await app.send(method, place, caller).send(body);

      expect(response.body).toMatchObject({ ...body, recurrence });
      expect(await read(response.body.id as string)).toEqual(response.body);
    }
  });

  it.each(FAULTS)('of %j is refused at %s', async (fields, pointer, detail) => {
    const task = await aTask(app, caller, { due: DUE });
    const path = `/api/me/tasks/${task.id}`;
    for (const [method, place] of [
      ['post', '/api/me/tasks'],
      ['put', path],
      ['patch', path],
    ] as const) {
      const response = await app
        .send(method, place, caller)
        .send({ title: 'a', due: DUE, ...fields });

      expect(answerOf(response)).toEqual(
        problemAnswer('validation', { errors: [{ pointer, detail }] }),
      );
    }
    expect(await read(task.id)).toEqual(task);
  });

  it('has its defaults where a client sends none, or null', async () => {
    const defaults = { recurrence: null, recurrence_from: 'due' };

    expect(await aTask(app, caller)).toMatchObject(defaults);
    const nothing = { recurrence: null, recurrence_from: null };
    expect(await aTask(app, caller, nothing)).toMatchObject(defaults);
  });

  it.each([
    [{ due: '2026-12-08' }, { due: '2026-12-08', recurrence: 'FREQ=WEEKLY;BYDAY=TU' }],
    [{ due: null }, { due: null, time_zone: null, recurrence: null }],
    [{ title: 'b' }, { due: DUE, recurrence: 'FREQ=WEEKLY;BYDAY=TU' }],
    [
      { recurrence: null, due: '2026-12-02' },
      { due: '2026-12-02', recurrence: null },
    ],
    [{ recurrence: 'FREQ=WEEKLY;BYDAY=TU,WE' }, { recurrence: 'FREQ=WEEKLY;BYDAY=TU,WE' }],
  ])('is kept by a patch %j, or cleared', async (patch, expected) => {
    const rule = { due: DUE, time_zone: 'Europe/Berlin', recurrence: 'FREQ=WEEKLY;BYDAY=TU' };
    const { id } = await aTask(app, caller, rule);

    const response = await app.send('patch', `/api/me/tasks/${id}`, caller).send(patch);

    expect(response.body).toMatchObject(expected);
    expect(await read(id)).toEqual(response.body);
  });

  it.each([
    [{ due: DUE }, { recurrence: 'FREQ=WEEKLY;BYDAY=MO' }, '/recurrence', OTHER_DAY],
    [{ due: DUE }, { recurrence: 'FREQ=DAILY;UNTIL=20261130' }, '/recurrence', ENDED],
    [{}, { recurrence: 'FREQ=DAILY' }, '/recurrence', NO_DUE],
    [
      { due: DUE, recurrence: 'FREQ=MONTHLY;BYDAY=1TU' },
      { due: '2026-12-08' },
      '/due',
      'must be a day of the rule in recurrence, which starts there: send a rule, too, or null',
    ],
    [{ due: DUE, completed: true }, { recurrence: 'FREQ=DAILY' }, '/recurrence', DONE],
  ])('of a task with %j is refused in a patch %j at %s', async (fields, patch, pointer, detail) => {
    const task = await aTask(app, caller, fields);
    const path = `/api/me/tasks/${task.id}`;
    const fault = problemAnswer('validation', { errors: [{ pointer, detail }] });

    const send = () => app.send('patch', path, caller);
    expect(answerOf(await send().send({ ...patch, title: 'b' }))).toEqual(fault);
    const held = send().set('If-Match', await etagOf(app, caller, task));
    expect(answerOf(await held.send(patch))).toEqual(fault);
    const beaten = await send().set('If-Match', '"1"').send(patch);
    expect(beaten.body.code).toBe('precondition-failed');
    expect(await read(task.id)).toEqual(task);
  });

  it('is refused of a new task that is completed', async () => {
    const body = { title: 'a', due: DUE, completed: true, recurrence: 'FREQ=DAILY' };

    expect(answerOf(await app.send('post', '/api/me/tasks', caller).send(body))).toEqual(
      problemAnswer('validation', { errors: [{ pointer: '/recurrence', detail: DONE }] }),
    );
  });
});
