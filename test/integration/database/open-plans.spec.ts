import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StatementValue } from '../../../src/database/compiled-statement';
import { type Sort, SORTS } from '../../../src/tasks/dto/list-tasks.query';
import type { SearchFilters } from '../../../src/tasks/search/search-filters';
import { searchStatement } from '../../../src/tasks/search/tasks.search';
import { TASKS_SUMMARY } from '../../../src/tasks/tasks.summary';
import { explain, usedBy } from '../../support/database/plans';
import { TestDatabase } from '../../support/database/test-database';

const BUSY = '00000000-0000-4000-8000-000000000001';
const TASKS = 20_000;
const OPEN = 200;
/** Each open task may lie on a page of its own; and the way to them. */
const MOST_BUFFERS = OPEN + 10;

const FILTERS: readonly SearchFilters[] = [
  { dueBefore: '2026-06-01' },
  { dueAfter: '2026-06-01' },
  { overdue: true, timeZone: 'Europe/Berlin' },
  { noDue: true },
  { priority: 3 },
  { priorityMin: 2 },
  { tags: ['home', 'work'] },
  { text: 'task' },
];

describe('For a user with 20,000 tasks of which 200 are open', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
    await database.query(
      `insert into users (id, created_at)
       select format('00000000-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid, now()
       from generate_series(1, 200) n`,
    );
    await database.query(
      `insert into tasks
         (user_id, id, title, completed, due, priority, tags, version, created_at, updated_at)
       select format('00000000-0000-4000-8000-%s', lpad(owner::text, 12, '0'))::uuid,
         ('01980000-0000-7abc-8def-' || lpad(to_hex(n), 12, '0'))::uuid, 'task ' || n,
         n % $2 <> 0, to_char(date '2026-01-01' + n % 365, 'YYYY-MM-DD'), n % 5,
         '["home", "work"]', 1, now(), now()
       from (
         select n, case when n <= $1 then 1 else 2 + n % 199 end as owner
         from generate_series(1, 3 * $1::int) n
       ) task order by n`,
      [TASKS, TASKS / OPEN],
    );
    await database.query('vacuum (analyze) users, tasks');
    await database.query(`set role task_api`);
    await database.query(`select set_config('app.user_id', $1, false)`, [BUSY]);
  });
  afterAll(async () => {
    await database.query('reset role');
    await database.drop();
  });

  const buffersOf = async (text: string, values: readonly StatementValue[]): Promise<number> => {
    const options = 'analyze, buffers, format json';
    return usedBy(await explain(database, text, [BUSY, ...values], options)).buffers;
  };
  const list = (filters: SearchFilters, sort: Sort, count: boolean) => {
    const search = { filters: { ...filters, completed: false }, sort, after: undefined, count };
    return searchStatement({ ...search, limit: 50 });
  };

  it.each(FILTERS)('a list by %j reads the open tasks alone', async (filters) => {
    const { text, values } = list(filters, '-created_at', false);

    expect(await buffersOf(text, values)).toBeLessThanOrEqual(MOST_BUFFERS);
  });

  it.each(SORTS)('a list of them by %s, with a count, reads them twice', async (sort) => {
    const { text, values } = list({}, sort, true);

    expect(await buffersOf(text, values)).toBeLessThanOrEqual(2 * MOST_BUFFERS);
  });

  it('the overdue ones, however the list is asked for, are found among them', async () => {
    const filters = { overdue: true, timeZone: 'UTC' };
    const search = { filters, sort: 'due', after: undefined, count: false, limit: 50 } as const;
    const { text, values } = searchStatement(search);

    expect(await buffersOf(text, values)).toBeLessThanOrEqual(MOST_BUFFERS);
  });

  it('the summary reads them once', async () => {
    expect(await buffersOf(TASKS_SUMMARY, ['Europe/Berlin'])).toBeLessThanOrEqual(MOST_BUFFERS);
  });
});
