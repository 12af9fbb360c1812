import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { v7 } from 'uuid';
import type { CompiledStatement } from '../../../src/database/compiled-statement';
import { dataSourceOptions } from '../../../src/database/schema/data-source-options';
import { Task } from '../../../src/tasks/task.entity';
import {
  orderStatements,
  type OrderStatements,
} from '../../../src/tasks/order/task-order.statements';
import {
  HIGHEST_ID,
  LOWEST_ID,
  tasksStatements,
  type TasksStatements,
} from '../../../src/tasks/tasks.statements';
import {
  LARGEST_NUMBER,
  trashStatements,
  type TrashStatements,
} from '../../../src/trash/trash.statements';
import { eventually } from '../../support/app/eventually';
import { ENTITIES } from '../../support/database/persistence';
import { explain, usedBy } from '../../support/database/plans';
import { TestDatabase } from '../../support/database/test-database';

const BIG = '00000000-0000-4000-8000-000000000001';
const TASKS_OF_BIG = 60_000;
const TRASH_OF_BIG = 20_000;
const OTHERS = 50;
/** Most have no task; PostgreSQL would not look for one of a few by an index. */
const USERS = 5_000;
const TASKS_OF_OTHERS = 1_000;
const PAGE = 20;

type Statements = TasksStatements & TrashStatements & OrderStatements;

/** Root, inner page and leaf of the index, and the row. */
const ONE_ROW = 4;
/** Each row may lie on a page of its own. */
const ONE_PAGE = 3 + PAGE + 1;
/** The old and the new version, the way to both, and the map of free space. */
const ONE_WRITE = 25;
/** It writes a row of the trash, which has three indexes. */
const ONE_DELETION = 2 * ONE_WRITE;
/** Forty rows lose their content, and as many go. */
const ONE_SWEEP = 2 * 100 * ONE_WRITE;
/** Two look-ups more, and an index that it makes the first page of. */
const ONE_MOVE = ONE_WRITE + 2 * ONE_ROW + 27;
/** The way up and down, and the index of parents. */
const ONE_TREE = 20;

/** Two rows, and the catalogue where the function of the dates is read for the first time. */
const ONE_SUCCESSOR = 4 * ONE_WRITE;

const SLOW = /Seq Scan|Sort|Bitmap|Hash|Merge/;
/** What was replied to a user is read whole: there is no index by task. */
const SLOW_OF_MANY = /Seq Scan|Sort|Hash|Merge/;

/** A create takes its owner out of the feed. */
const INDEXES: Readonly<Record<string, readonly string[]>> = {
  create: ['pk_feeds'],
  createOnce: ['pk_feeds', 'pk_trash'],
  made: ['pk_tasks', 'pk_trash'],
  sweep: ['pk_trash', 'ix_trash_version', 'ix_trash_content'],
  list: ['ix_trash_content'],
  restore: ['pk_trash', 'pk_tasks', 'ix_tasks_parent', 'ux_tasks_position'],
  deleteIf: ['pk_tasks', 'ix_tasks_version'],
  createUnder: ['pk_feeds', 'pk_tasks', 'pk_trash', 'ix_tasks_parent'],
  parentFault: ['pk_tasks', 'ix_tasks_parent'],
  replaceUnder: ['pk_tasks', 'ix_tasks_parent'],
  patchUnder: ['pk_tasks', 'ix_tasks_parent'],
  replaceAndFollow: ['pk_tasks', 'ix_tasks_parent'],
  patchAndFollow: ['pk_tasks', 'ix_tasks_parent'],
  purge: ['pk_trash', 'pk_replies'],
  listOpen: ['ix_tasks_open'],
};

/** The fields of a task, and those of a patch behind the title. */
const WHOLE = [
  't',
  null,
  'true',
  '2026-12-01T09:00',
  'Europe/Berlin',
  null,
  'due',
  '3',
  '["home"]',
  null,
];
const DAILY = WHOLE.with(5, 'FREQ=DAILY');
const BIRTH = () => [v7(), '2026-01-01'];
const under = (parent: string) => [...WHOLE.slice(0, -1), parent];
const KEPT = [
  'false',
  null,
  'false',
  null,
  'true',
  '2026-12-01',
  'true',
  null,
  'false',
  null,
  'false',
  null,
  'false',
  null,
  'true',
  '[]',
  'true',
  null,
];
/** Those of a plain patch behind the title. */
const KEPT_PLAIN = ['false', null, 'true', '1', 'true', '[]'];

describe('The plan of a statement on the lanes, with 110,000 tasks in the table,', () => {
  let database: TestDatabase;
  let statements: Statements;
  let newest: string;
  let deep: string;
  let deeper: string;
  let trashed: string;
  const aWeekAgo = String((Date.now() - 7 * 86_400_000) * 1_000);

  beforeAll(async () => {
    database = await TestDatabase.create();
    await database.query(
      `insert into users (id, created_at)
       select format('00000000-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid, now()
       from generate_series(1, $1::int) n`,
      [USERS],
    );
    // In the order of time, as they come: the tasks of one user lie among those of all others.
    await database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select format('00000000-0000-4000-8000-%s', lpad(owner::text, 12, '0'))::uuid,
         (lpad(to_hex(1767225600000 + ms * 1000 + n % 1000), 12, '0') || '7abc8def' || lpad(to_hex(n), 12, '0'))::uuid,
         'task ' || n, n % 5 = 0, 1, now(), now()
       from (
         select n, case when n % 11 < 6 then 1 else 2 + n % $1::int end as owner, n as ms
         from generate_series(1, $2::int) n
       ) task order by n`,
      [OTHERS, TASKS_OF_BIG + OTHERS * TASKS_OF_OTHERS],
    );
    // Of the user with the many tasks: half of it is older than 31 days, and has been swept in part.
    await database.query(
      `insert into trash (user_id, id, version, deleted_at, task)
       select $1, (lpad(to_hex(1767225600000 - n), 12, '0') || '7abc8def' || lpad(to_hex(n), 12, '0'))::uuid,
         (extract(epoch from now()) * 1000000)::bigint - n::bigint * 62 * 86400000000 / $2::int,
         now() - n * interval '62 days' / $2::int,
         case when n % 2 = 0 then jsonb_build_object('title', 't', 'completed', false,
           'created_at', now(), 'updated_at', now()) end
       from generate_series(1, $2::int) n`,
      [BIG, TRASH_OF_BIG],
    );
    await database.query(
      `insert into replies (user_id, day, key, request, task_id, version, status)
       select format('00000000-0000-4000-8000-%s', lpad((1 + n % $1::int)::text, 12, '0'))::uuid,
         20000, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 200
       from generate_series(1, 20000) n`,
      [USERS],
    );
    await database.query('vacuum (analyze) users, tasks, trash, replies');
    const source = new DataSource(dataSourceOptions({ ...database.endpoint.owner }, 1, ENTITIES));
    await source.initialize();
    const tasks = source.getRepository(Task);
    statements = {
      ...tasksStatements(tasks),
      ...trashStatements(tasks),
      ...orderStatements(tasks),
    };
    await source.destroy();
    const ids = await database.query<{ id: string }>(
      'select id from tasks where user_id = $1 and not completed order by id desc',
      [BIG],
    );
    expect(ids.length).toBeGreaterThan(TASKS_OF_BIG * 0.7);
    newest = ids[0]?.id ?? '';
    deep = ids[ids.length - 1_000]?.id ?? '';
    deeper = ids[ids.length - 900]?.id ?? '';
    const [row] = await database.query<{ id: string }>(
      'select id from trash where user_id = $1 and task is not null order by version desc limit 1',
      [BIG],
    );
    trashed = row?.id ?? '';
    // What the session learns of a function at its first call.
    await database.query(`select position_between('a', 'b', 1)`);
    await database.query(`set role task_api`);
    await database.query(`select set_config('app.user_id', $1, false)`, [BIG]);
  });
  afterAll(async () => {
    await database.query('reset role');
    await database.drop();
  });

  /** Runs it for the user with the many tasks, and takes back what it wrote. */
  const run = async (name: keyof Statements, values: readonly (string | null)[], mode: string) => {
    await database.query(`set plan_cache_mode = ${mode}`);
    await database.query('begin');
    await database.query('select enter_change($1, 1)', [BIG]);
    const { text, followedBy }: CompiledStatement = statements[name];
    const planOf = async (sql: string, given: readonly (string | null)[]) =>
      usedBy(await explain(database, sql, [BIG, ...given], 'analyze, buffers, format json'));
    const used = [await planOf(text, values)];
    if (followedBy !== undefined)
      used.push(await planOf(followedBy.text, values.slice(0, followedBy.takes)));
    await database.query('rollback');
    return {
      kinds: used.flatMap(({ kinds }) => kinds),
      indexes: new Set(used.flatMap(({ indexes }) => [...indexes])),
      buffers: used.reduce((sum, { buffers }) => sum + buffers, 0),
    };
  };

  const cases: readonly (readonly [keyof Statements, () => readonly (string | null)[], number])[] =
    [
      ['get', () => [deep], ONE_ROW],
      ['listNewest', () => [HIGHEST_ID, LOWEST_ID, String(PAGE + 1)], ONE_PAGE],
      ['listNewest', () => [newest, LOWEST_ID, String(PAGE + 1)], ONE_PAGE],
      ['listNewest', () => [deep, LOWEST_ID, String(PAGE + 1)], ONE_PAGE],
      ['listNewest', () => [HIGHEST_ID, deep, String(PAGE + 1)], ONE_PAGE],
      ['listOpen', () => [HIGHEST_ID, LOWEST_ID, String(PAGE + 1)], ONE_PAGE],
      ['listOpen', () => [deep, LOWEST_ID, String(PAGE + 1)], ONE_PAGE],
      ['listOpen', () => [HIGHEST_ID, deep, String(PAGE + 1)], ONE_PAGE],
      ['create', () => [v7(), ...WHOLE, '2026-01-01'], ONE_WRITE],
      ['createOnce', () => [v7(), ...WHOLE, '2026-01-01'], ONE_WRITE + ONE_ROW],
      ['createOnce', () => [deep, ...WHOLE, '2026-01-01'], ONE_WRITE],
      ['createOnce', () => [trashed, ...WHOLE, '2026-01-01'], ONE_WRITE],
      ['parentFault', () => [deep, newest], ONE_TREE],
      ['made', () => [deep, '30'], 3 * ONE_ROW],
      ['made', () => [trashed, '30'], 3 * ONE_ROW],
      ['replace', () => [deep, ...WHOLE], ONE_WRITE],
      ['replaceIf', () => [deep, ...WHOLE, '{1}'], ONE_WRITE],
      ['patch', () => [deep, 'true', 't', ...KEPT], ONE_WRITE],
      ['createUnder', () => [v7(), ...under(newest), '2026-01-01'], ONE_WRITE + ONE_TREE],
      ['createUnder', () => [deep, ...under(newest), '2026-01-01'], ONE_WRITE + ONE_TREE],
      [
        'replaceAndFollow',
        () => [deep, ...DAILY.with(-1, newest), ...BIRTH(), null, '1000'],
        ONE_SUCCESSOR + ONE_TREE,
      ],
      [
        'patchAndFollow',
        () => [deep, 'true', 't', ...KEPT.with(-1, newest), ...BIRTH(), '{1}', '1000'],
        ONE_SUCCESSOR + ONE_TREE,
      ],
      ['completeAndFollow', () => [deep, null, ...BIRTH(), null], ONE_SUCCESSOR],
      ['replaceUnder', () => [deep, ...under(newest), null, '1000'], ONE_WRITE + ONE_TREE],
      ['replaceUnder', () => [deep, ...under(newest), '{1}', '1000'], ONE_WRITE + ONE_TREE],
      [
        'patchUnder',
        () => [deep, 'true', 't', ...KEPT.slice(0, -1), newest, null, '1000'],
        ONE_WRITE + ONE_TREE,
      ],
      ['patchPlain', () => [deep, 'true', 't', ...KEPT_PLAIN], ONE_WRITE],
      ['patchPlainIf', () => [deep, 'true', 't', ...KEPT_PLAIN, '{1}'], ONE_WRITE],
      ['patchIf', () => [deep, 'true', 't', ...KEPT, '{1}'], ONE_WRITE],
      ['moveBetween', () => [deep, newest, deeper, null], ONE_MOVE],
      ['moveBetween', () => [deep, newest, deeper, '{7}'], ONE_MOVE],
      ['complete', () => [deep, null], ONE_WRITE],
      ['completeIf', () => [deep, null, '{1}'], ONE_WRITE],
      ['delete', () => [deep, '30'], ONE_DELETION],
      ['delete', () => [deep, '7'], ONE_DELETION],
      ['deleteIf', () => [deep, '{1}', '30'], ONE_DELETION],
      ['deleteIf', () => [deep, '{7}', '30'], ONE_DELETION],
      ['sweep', () => ['30'], ONE_SWEEP],
      ['sweep', () => ['7'], ONE_SWEEP],
      ['list', () => [LARGEST_NUMBER, '30', String(PAGE + 1)], ONE_PAGE],
      ['list', () => [aWeekAgo, '30', String(PAGE + 1)], ONE_PAGE],
      ['restore', () => [trashed, '30', '1000'], 2 * ONE_WRITE],
      ['purge', () => [trashed, '30'], ONE_WRITE],
    ];

  describe.each(['force_generic_plan', 'force_custom_plan'])('with %s,', (mode) => {
    it.each(cases)('reads few pages by one index: %s', async (name, values, limit) => {
      const { kinds, indexes, buffers } = await run(name, values(), mode);

      const known = INDEXES[name] ?? ['pk_tasks'];
      expect(known).toEqual(expect.arrayContaining([...indexes]));
      const isSlow = name === 'purge' ? SLOW_OF_MANY : SLOW;
      expect(kinds.filter((kind) => isSlow.test(kind))).toEqual([]);
      expect(buffers).toBeLessThanOrEqual(limit);
    });

    it('finds the other neighbour of a move without the tasks between', async () => {
      for (const neighbours of [
        [deep, null],
        [null, deep],
      ]) {
        const { buffers } = await run('moveBeside', [newest, ...neighbours, null], mode);

        expect(buffers).toBeLessThanOrEqual(2 * ONE_MOVE);
      }
    });

    it('costs as much for a page far down as for the first one', async () => {
      for (const list of ['listNewest', 'listOpen'] as const) {
        const first = await run(list, [HIGHEST_ID, LOWEST_ID, String(PAGE + 1)], mode);
        const far = await run(list, [deep, LOWEST_ID, String(PAGE + 1)], mode);

        expect(Math.abs(far.buffers - first.buffers)).toBeLessThanOrEqual(3);
      }
    });
  });

  it('covers every statement', () => {
    const names = [...cases.map(([name]) => name), 'moveBeside'];
    expect(new Set(names)).toEqual(new Set(Object.keys(statements)));
  });

  it('takes a number by a HOT update: no index of feeds changes', async () => {
    const client = new Client(database.endpoint.api);
    await client.connect();
    for (let n = 0; n < 1_000; n += 1) {
      await client.query({ name: 'enter', text: 'select enter_change($1, 1)', values: [BIG] });
    }
    await client.end();

    const statistics = async () => {
      const [row] = await database.query<{ updates: number; hot: number }>(
        `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot
         from pg_stat_user_tables where relname = 'feeds'`,
      );
      return row ?? { updates: 0, hot: 0 };
    };
    // Sessions report their statistics when they end.
    await eventually(async () => (await statistics()).updates >= 999);
    const { updates, hot } = await statistics();
    expect(hot / updates).toBeGreaterThan(0.9);
  });
});
