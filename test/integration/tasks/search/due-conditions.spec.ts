import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dueConditions } from '../../../../src/tasks/search/search-filters';
import { TestDatabase } from '../../../support/database/test-database';

interface Case {
  readonly now: string;
  /** Where the user is. */
  readonly at: string;
  readonly due: string;
  readonly zone: string | null;
}

const BERLIN = 'Europe/Berlin';
const SYDNEY = 'Australia/Sydney';

/** [now, where the user is, due, its zone, overdue, today] */
const CASES: readonly (readonly [string, string, string, string | null, boolean, boolean])[] = [
  // A date ends with its day, where the user is.
  ['2026-11-28T22:59:59Z', BERLIN, '2026-11-28', null, false, true],
  ['2026-11-28T23:00:00Z', BERLIN, '2026-11-28', null, true, false],
  ['2026-11-28T13:00:00Z', SYDNEY, '2026-11-28', null, true, false],
  ['2026-11-28T12:59:59Z', SYDNEY, '2026-11-28', null, false, true],
  // A time without a zone is where the user is; with one it is there.
  ['2026-11-28T09:00:00Z', 'UTC', '2026-11-28T09:30', null, false, true],
  ['2026-11-28T09:00:00Z', BERLIN, '2026-11-28T09:30', null, true, true],
  ['2026-11-28T09:00:00Z', 'UTC', '2026-11-28T09:30', BERLIN, true, true],
  ['2026-11-28T09:00:00Z', SYDNEY, '2026-11-28T23:00', 'America/New_York', false, false],
  ['2026-11-28T09:00:00Z', SYDNEY, '2026-11-28T23:00', 'Asia/Kolkata', false, false],
  ['2026-11-28T09:00:00Z', SYDNEY, '2026-11-28T17:00', 'Asia/Kolkata', false, true],
  // The clock jumps from 2:00 to 3:00: 2:30 is on no clock, and means what follows the jump.
  ['2026-03-29T01:29:59Z', BERLIN, '2026-03-29T02:30', BERLIN, false, true],
  ['2026-03-29T01:30:01Z', BERLIN, '2026-03-29T02:30', BERLIN, true, true],
  ['2026-10-03T16:29:59Z', SYDNEY, '2026-10-04T02:30', SYDNEY, false, true],
  ['2026-10-03T16:30:01Z', SYDNEY, '2026-10-04T02:30', SYDNEY, true, true],
  // The clock goes back from 3:00 to 2:00: 2:30 is there twice, and means the later one.
  ['2026-10-25T01:29:59Z', BERLIN, '2026-10-25T02:30', BERLIN, false, true],
  ['2026-10-25T01:30:01Z', BERLIN, '2026-10-25T02:30', BERLIN, true, true],
  ['2026-04-04T16:29:59Z', SYDNEY, '2026-04-05T02:30', SYDNEY, false, true],
  ['2026-04-04T16:30:01Z', SYDNEY, '2026-04-05T02:30', SYDNEY, true, true],
  // Days of 23 and 25 hours.
  ['2026-03-29T21:59:59Z', BERLIN, '2026-03-29', null, false, true],
  ['2026-03-29T22:00:00Z', BERLIN, '2026-03-29', null, true, false],
  ['2026-10-25T22:59:59Z', BERLIN, '2026-10-25', null, false, true],
  ['2026-10-25T23:00:00Z', BERLIN, '2026-10-25', null, true, false],
  // The ends of what may be stored.
  [
    '2026-11-28T09:00:00Z',
    'Pacific/Kiritimati',
    '0001-01-01T00:00',
    'Pacific/Kiritimati',
    true,
    false,
  ],
  ['2026-11-28T09:00:00Z', 'Etc/GMT+12', '9999-12-31T23:59', 'Etc/GMT+12', false, false],
];

describe('whether a task is overdue, and due today', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
  });
  afterAll(() => database.drop());

  const conditionsOf = async ({ now, at, due, zone }: Case): Promise<object | undefined> => {
    const { overdue, today } = dueConditions('$1::text');
    const select = `select (${overdue}) as overdue, (${today}) as today
      from (select $2::text as due, $3::text as time_zone) task`;
    const [row] = await database.query<object>(
      select.replaceAll('now()', `'${now}'::timestamptz`),
      [at, due, zone],
    );
    return row;
  };

  it.each(CASES)('at %s in %s of %s in %s', async (now, at, due, zone, overdue, today) => {
    expect(await conditionsOf({ now, at, due, zone })).toEqual({ overdue, today });
  });
});
