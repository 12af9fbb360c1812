import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHANGES_STATEMENTS } from '../../../src/changes/changes.statements';
import { LOWEST_ID } from '../../../src/tasks/tasks.statements';
import { explain, usedBy } from '../../support/database/plans';
import { TestDatabase } from '../../support/database/test-database';

const BUSY = '00000000-0000-4000-8000-000000000001';
const TASKS = 20_000;
const FIRST = 1_795_000_000_000_000;
const PAGE = 20;
/** The owner and the feed, the way into two indexes, and each row on a page of its own. */
const MOST_BUFFERS = 3 + 3 + 2 * 4 + 2 * (PAGE + 1);

describe('The plan of a page of changes, for a user with 20,000 tasks and 5,000 deleted ones,', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
    await database.query(
      `insert into users (id, created_at)
       select format('00000000-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid, now()
       from generate_series(1, 1000) n`,
    );
    // In the order of their changes, as they come: those of one user lie among those of all others.
    await database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select format('00000000-0000-4000-8000-%s', lpad(owner::text, 12, '0'))::uuid,
         ('01980000-0000-7abc-8def-' || lpad(to_hex(n), 12, '0'))::uuid,
         'task ' || n, false, $1::bigint + n, now(), now()
       from (
         select n, case when n % 2 = 0 then 1 else 2 + n % 99 end as owner
         from generate_series(1, 2 * $2::int) n
       ) task order by n`,
      [FIRST, TASKS],
    );
    await database.query(
      `insert into trash (user_id, id, version, deleted_at, task)
       select user_id, gen_random_uuid(), version + 1, now(), to_jsonb(tasks)
       from tasks where version % 8 = 0 order by version`,
    );
    await database.query(
      `insert into feeds (user_id, since, last_change)
       select id, $1::bigint, $1::bigint + 2 * $2::int + 1 from users`,
      [FIRST, TASKS],
    );
    await database.query('vacuum (analyze) users, tasks, trash, feeds');
    await database.query(`set role task_api`);
    await database.query(`select set_config('app.user_id', $1, false)`, [BUSY]);
  });
  afterAll(async () => {
    await database.query('reset role');
    await database.drop();
  });

  const run = async (
    name: keyof typeof CHANGES_STATEMENTS,
    values: readonly (string | number)[],
    mode: string,
  ) => {
    const { text } = CHANGES_STATEMENTS[name];
    await database.query(`set plan_cache_mode = ${mode}`);
    const plan = await explain(database, text, [BUSY, ...values], 'analyze, buffers, format json');
    return { rows: await database.query(text, [BUSY, ...values]), ...usedBy(plan) };
  };

  const BY_VERSION = ['ix_tasks_version', 'ix_trash_version'];
  const cases = [
    ['since', 'the first changes', [FIRST, PAGE + 1], BY_VERSION, PAGE + 1],
    ['since', 'changes amid', [FIRST + TASKS, PAGE + 1], BY_VERSION, PAGE + 1],
    ['since', 'nothing new', [FIRST + 2 * TASKS + 1, PAGE + 1], BY_VERSION, 1],
    ['tasks', 'the first tasks', [LOWEST_ID, PAGE + 1], ['pk_tasks'], PAGE + 1],
    [
      'tasks',
      'tasks amid',
      [`01980000-0000-7abc-8def-${TASKS.toString(16).padStart(12, '0')}`, PAGE + 1],
      ['pk_tasks'],
      PAGE + 1,
    ],
    ['feed', 'the feed', [], [], 1],
    ['begin', 'a feed that is made', [], [], 1],
  ] as const;

  describe.each(['force_generic_plan', 'force_custom_plan'])('with %s,', (mode) => {
    it.each(cases)(
      'reads few pages by the indexes in their order, and sorts nothing: %s, %s',
      async (name, _what, values, indexes, found) => {
        const plan = await run(name, values, mode);

        expect(plan.rows).toHaveLength(found);
        expect(plan.indexes).toEqual(new Set(['pk_users', 'pk_feeds', ...indexes]));
        expect(plan.kinds.filter((kind) => /Seq Scan|Sort|Bitmap|Hash/.test(kind))).toEqual([]);
        expect(plan.kinds.includes('Merge Append')).toBe(name === 'since');
        expect(plan.buffers).toBeLessThanOrEqual(MOST_BUFFERS);
      },
    );
  });
});
