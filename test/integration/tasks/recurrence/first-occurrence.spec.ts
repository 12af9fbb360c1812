import type {} from 'temporal-spec/global';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { RRule } from 'rrule';
import { RRuleTemporal } from 'rrule-temporal';
import { canonicalRecurrence, recurrenceFault } from '../../../../src/tasks/dto/recurrence-rules';
import { TestDatabase } from '../../../support/database/test-database';

const RULES = process.env['LARGE_PROOFS'] === '1' ? 10_000 : 300;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const DAY_MS = 86_400_000;
/** So that a failure can be repeated. */
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

interface Case {
  readonly rule: string;
  readonly start: string;
  readonly earliest: string;
}

/** Mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** About half of those with days start on one of these. */
function someCases(count: number): readonly Case[] {
  const below = randomOf(SEED);
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  return Array.from({ length: count }, () => {
    const startMs = Date.UTC(2020 + below(12), below(12), 1 + below(31));
    const start = new Date(startMs);
    const frequency = one(['DAILY', 'WEEKLY', 'MONTHLY', 'MONTHLY', 'YEARLY']);
    const weekday = WEEKDAYS[(start.getUTCDay() + 6) % 7] ?? '';
    const n = Math.ceil(start.getUTCDate() / 7);
    const days: Readonly<Record<string, readonly string[]>> = {
      WEEKLY: ['', `;BYDAY=${weekday},${one(WEEKDAYS)}`, `;BYDAY=${one(WEEKDAYS)}`],
      MONTHLY: [
        '',
        `;BYMONTHDAY=${start.getUTCDate()},${one([1, 15, 29, 31, -1, -2])}`,
        `;BYMONTHDAY=${one([28, 29, 30, 31, -1])}`,
        `;BYDAY=${n}${weekday},${one([1, 4, 5, -1, -2])}${one(WEEKDAYS)}`,
        `;BYDAY=${one([1, 2, 3, 4, 5, -1, -5])}${one(WEEKDAYS)}`,
      ],
    };
    const interval = below(2) ? `;INTERVAL=${1 + below(frequency === 'YEARLY' ? 4 : 14)}` : '';
    const until =
      below(6) === 0 ? `;UNTIL=${2020 + below(20)}${one(['0131', '0229', '1231'])}` : '';
    const text = `FREQ=${frequency}${interval}${one(days[frequency] ?? [''])}${until}`;
    const rule = canonicalRecurrence({ value: text.replace(/UNTIL=(\d{4})0229/, 'UNTIL=$10228') });
    const earliest = dateOf(startMs + one([0, 1, 1, 7, 31, 90, 400, 1_500]) * DAY_MS);
    return { rule: String(rule), start: dateOf(startMs), earliest };
  });
}

/** Libraries take a moment for the end, not a day. */
const wholeDays = (rule: string): string => rule.replace(/UNTIL=(\d{8})/, 'UNTIL=$1T235959Z');

function byRRule({ rule, start, earliest }: Case): string | null {
  const options = { ...RRule.parseString(wholeDays(rule)), dtstart: new Date(`${start}T00:00Z`) };
  const found = new RRule(options).after(new Date(`${earliest}T00:00Z`), true);
  return found === null ? null : dateOf(found.getTime());
}

function byRRuleTemporal({ rule, start, earliest }: Case, time: string, zone: string) {
  const begins = `${start}T${time}:00`.replaceAll(/[-:]/g, '');
  // Its end is a moment in UTC, so the last day ends with the zone.
  const last = rule.replace(/UNTIL=(\d{8})/, (_, day: string) => {
    const end = Temporal.PlainDate.from(day).toZonedDateTime({
      timeZone: zone,
      plainTime: '23:59:59',
    });
    return `UNTIL=${end.toInstant().toString().replaceAll(/[-:]/g, '')}`;
  });
  const set = new RRuleTemporal({ rruleString: `DTSTART;TZID=${zone}:${begins}\nRRULE:${last}` });
  const from = Temporal.PlainDate.from(earliest).toZonedDateTime({ timeZone: zone });
  return set.next(new Date(from.epochMilliseconds), true)?.toPlainDate().toString() ?? null;
}

/** Whether clocks leave the time out on that day. */
function isInGap(day: string, time: string, zone: string): boolean {
  const local = Temporal.PlainDateTime.from(`${day}T${time}`);
  return !local.toZonedDateTime(zone).toPlainDateTime().equals(local);
}

describe(`The next day of a rule (TEST_SEED=${SEED})`, () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
  });
  afterAll(() => database.drop());

  const found = async (cases: readonly Case[]): Promise<readonly (string | null)[]> => {
    const rows = await database.query<{ day: string | null }>(
      `select first_occurrence(rule, start, earliest)::text as day
       from unnest($1::text[], $2::date[], $3::date[]) with ordinality given (rule, start, earliest, n)
       order by n`,
      [
        cases.map(({ rule }) => rule),
        cases.map(({ start }) => start),
        cases.map(({ earliest }) => earliest),
      ],
    );
    return rows.map(({ day }) => day);
  };

  it('is that of rrule', async () => {
    const cases = someCases(RULES);

    const days = await found(cases);

    expect(cases.map((one, n) => ({ ...one, day: days[n] }))).toEqual(
      cases.map((one) => ({ ...one, day: byRRule(one) })),
    );
  }, 600_000);

  // Temporal came with Node 26.
  (typeof Temporal === 'undefined' ? it.skip : it)(
    'is that of rrule-temporal in zones whose clocks change, but where these leave the time out',
    async () => {
      const all = someCases(RULES);
      const cases = all.filter(
        ({ rule, start }) => recurrenceFault(rule, { due: start }) === undefined,
      );
      expect(cases.length).toBeGreaterThan(RULES / 3);

      const days = await found(cases);

      const differences = cases.flatMap((one, n) => {
        const zone = ZONES[n % ZONES.length] ?? '';
        const time = n % 2 === 0 ? '09:00' : '02:30';
        const day = days[n] ?? null;
        // RFC 5545 drops such a day, and with it the chore: docs/decisions/0042-recurrence.md.
        if (day !== null && isInGap(day, time, zone)) return [];
        const other = byRRuleTemporal(one, time, zone);
        return other === day ? [] : [{ ...one, zone, time, day, other }];
      });
      expect(differences).toEqual([]);
    },
    600_000,
  );

  it('is the start where the rule fits it, by the rule of the API and by that of the database', async () => {
    const cases = someCases(RULES).map((one) => ({ ...one, earliest: one.start }));

    const days = await found(cases);

    const fits = cases.map(
      ({ rule, start }) => recurrenceFault(rule, { due: start }) === undefined,
    );
    expect(fits).toEqual(cases.map(({ start }, n) => days[n] === start));
    expect(fits).toEqual(cases.map((one) => byRRule(one) === one.start));
    expect(new Set(fits).size).toBe(2);
  }, 600_000);

  it.each([
    ['FREQ=MONTHLY', '2026-01-31', '2026-02-01', '2026-03-31'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-31', '2026-02-01', '2026-02-28'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2028-01-31', '2028-02-01', '2028-02-29'],
    ['FREQ=YEARLY', '2028-02-29', '2028-03-01', '2032-02-29'],
    ['FREQ=YEARLY', '2096-02-29', '2096-03-01', '2104-02-29'],
    ['FREQ=MONTHLY;BYDAY=5MO', '2026-11-30', '2026-12-01', '2027-03-29'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH', '2026-11-26', '2026-11-27', '2026-12-07'],
    ['FREQ=DAILY', '0001-01-01', '0001-01-02', '0001-01-02'],
    ['FREQ=YEARLY', '9999-12-31', '10000-01-01', null],
    ['FREQ=DAILY;UNTIL=20261130', '2026-11-30', '2026-12-01', null],
    // No November has a 31st.
    ['FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31', '2026-11-28', '2026-11-29', null],
  ])('of %s from %s on, not before %s, is %s', async (rule, start, earliest, day) => {
    expect(await found([{ rule, start, earliest }])).toEqual([day]);
  });

  it('is looked for in no more than 401 months where a rule never falls on one', async () => {
    const client = new Client(database.endpoint.owner);
    await client.connect();
    // The function reads each month by one min(), which is another one here that counts.
    await client.query(`begin;
      create schema counting;
      create sequence counting.months;
      create function counting.neither(date, date) returns date language sql return null::date;
      create function counting.counted(date) returns date volatile language sql
        return case when nextval('counting.months') > 0 then $1 end;
      create aggregate counting.min(date)
        (sfunc = counting.neither, stype = date, finalfunc = counting.counted);
      set local search_path = counting, public, pg_catalog`);
    const monthsOf = async (rule: string, start: string): Promise<number> => {
      const { rows } = await client.query<{ day: string | null; count: string }>(
        `select first_occurrence($1, $2, $2) as day, nextval('months') - 1 as count`,
        [rule, start],
      );
      await client.query(`select setval('months', 1, false)`);
      return rows[0]?.day === null ? Number(rows[0].count) : Number.NaN;
    };

    const counts = [
      await monthsOf('FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31', '2027-06-15'),
      await monthsOf('FREQ=MONTHLY;INTERVAL=48;BYMONTHDAY=29', '2027-02-15'),
      await monthsOf('FREQ=MONTHLY;INTERVAL=24;BYDAY=5MO', '2027-02-15'),
      await monthsOf('FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;UNTIL=20291231', '2027-06-15'),
    ];
    await client.end();

    expect(counts).toEqual([401, 401, 401, 4]);
  });
});
