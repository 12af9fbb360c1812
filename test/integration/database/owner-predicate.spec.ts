import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/schema/data-source-options';
import { type Sort, SORTS } from '../../../src/tasks/dto/list-tasks.query';
import { taskTransferStatements } from '../../../src/tasks/transfer/task-transfer.statements';
import { newTask } from '../../../src/tasks/task-id';
import type { SearchFilters } from '../../../src/tasks/search/search-filters';
import { type Search, searchStatement } from '../../../src/tasks/search/tasks.search';
import { COUNT_UP_TO, EMPTY_OLDEST } from '../../../src/tasks/task-quota';
import { Task } from '../../../src/tasks/task.entity';
import { orderStatements } from '../../../src/tasks/order/task-order.statements';
import { TASKS_SUMMARY } from '../../../src/tasks/tasks.summary';
import { LOWEST_ID } from '../../../src/tasks/tasks.statements';
import { UserScope } from '../../../src/user-scope/user-scope';
import { countedPage, trashStatements } from '../../../src/trash/trash.statements';
import { User } from '../../../src/users/user.entity';
import { deleteUserStatement } from '../../../src/users/users.statements';
import { expectOwnedStatement, OWNER_CONDITION } from '../../support/database/owned-access';
import { ENTITIES, Persistence } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';
import { WireProxy } from '../../support/wire/wire-proxy';
import { NEW_TASK } from '../../support/app/task-fields';

const ID = '01977a3e-7b5c-7c3d-8e4f-5a6b7c8d9e0f';

/** What a client may ask of a list: every pair of filters, and all of them, in every order. */
function everySearch(): readonly Search[] {
  const given: Required<SearchFilters> = {
    completed: true,
    aboveId: ID,
    belowId: ID,
    updatedAfter: '2026-01-01T00:00:00Z',
    updatedBefore: '2026-01-01T00:00:00Z',
    text: `' or true -- $1 \\ %`,
    dueBefore: '2026-01-01',
    dueAfter: '2026-01-01',
    overdue: true,
    timeZone: 'UTC',
    noDue: true,
    priority: 1,
    priorityMin: 1,
    tags: ['a'],
    parentId: ID,
  };
  return subsetsOf(given).flatMap((filters) =>
    SORTS.flatMap((sort) =>
      positionsOf(sort).flatMap((after) =>
        [true, false].map((count) => ({ filters, sort, after, limit: 20, count })),
      ),
    ),
  );
}

/** Only a due may be absent. */
function positionsOf(sort: Sort): readonly Search['after'][] {
  const behindNulls = sort.endsWith('due') ? [{ key: null, id: ID }] : [];
  return [undefined, { key: ID, id: ID }, ...behindNulls];
}

/** A filter is one more condition, whatever the others are. */
function subsetsOf(given: Required<SearchFilters>): readonly SearchFilters[] {
  const names = Object.keys(given) as (keyof SearchFilters)[];
  const pairs = names.flatMap((one, n) => names.slice(n).map((other) => [one, other] as const));
  return [
    {},
    given,
    ...pairs.map((pair) => Object.fromEntries(pair.map((name) => [name, given[name]]))),
  ];
}

/** Calls of functions, which touch no table themselves; owner-predicate-functions.spec.ts looks at their bodies. */
const CALLS_OF_FUNCTIONS: readonly string[] = [
  'enter_scope',
  'enter_change',
  'enter_change_once',
  'keep_reply',
  'user_set_email',
];

describe('The owner predicate', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.create();
    // Layer 2 alone: layer 3 is off in this file.
    for (const table of Object.keys(OWNER_CONDITION)) {
      await database.query(`alter table ${table} disable row level security`);
    }
    await database.query('set plan_cache_mode = force_generic_plan');
  });
  afterAll(() => database.drop());

  const expectOwned = (text: string) => expectOwnedStatement(database, text);

  it('is in every statement that the application prepares', async () => {
    const proxy = await WireProxy.start(database.endpoint.api);
    const persistence = await Persistence.open(proxy.before(database.endpoint));
    const parsed = proxy.sent.filter(({ kind, statement = '' }) => kind === 'Parse' && statement);
    await persistence.close();
    await proxy.stop();

    const texts = parsed.flatMap(({ statement, text = '' }) =>
      CALLS_OF_FUNCTIONS.includes(statement ?? '') ? [] : [text],
    );
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) await expectOwned(text);
    const setEmail = parsed.find(({ statement }) => statement === 'user_set_email');
    expect(setEmail?.text).toMatch(/ from change_email\(\$1::uuid, \$2::text\)/);
  });

  it('is in what the quota asks and does', async () => {
    for (const text of [COUNT_UP_TO, EMPTY_OLDEST]) await expectOwned(text);
  });

  it('is in a page of the trash that is counted', async () => {
    const source = new DataSource(dataSourceOptions({ ...database.endpoint.owner }, 1, ENTITIES));
    await source.initialize();

    await expectOwned(countedPage(trashStatements(source.getRepository(Task))));
    await source.destroy();
  });

  it('is in a move beside a task', async () => {
    const source = new DataSource(dataSourceOptions({ ...database.endpoint.owner }, 1, ENTITIES));
    await source.initialize();

    await expectOwned(orderStatements(source.getRepository(Task)).moveBeside.text);
    await source.destroy();
  });

  it('is in the summary', async () => {
    await expectOwned(TASKS_SUMMARY);
  });

  it('is in every statement of export and import', async () => {
    for (const { text } of Object.values(taskTransferStatements)) await expectOwned(text);
  });

  it('is in the statement that erases an account', async () => {
    const source = new DataSource(dataSourceOptions({ ...database.endpoint.owner }, 1, ENTITIES));
    await source.initialize();

    await expectOwned(deleteUserStatement(source.getRepository(User)));
    await source.destroy();
  });

  it('is in every list that a client can ask for', async () => {
    const searches = everySearch();

    const texts = searches.map((search) => searchStatement(search).text);
    for (const text of texts) {
      const accesses = text.split(/\s(?:from|join) tasks\b/).slice(1);
      expect(accesses.length).toBeGreaterThan(0);
      for (const access of accesses)
        expect(access).toMatch(/^\s+where tasks\.user_id = \$1(\s+and|\)|\s+order)/);
    }

    // The plans of those with no filter, one, or all of them.
    const typical = searches.flatMap(({ filters }, n) =>
      [0, 1, 14].includes(Object.keys(filters).length) ? (texts[n] ?? []) : [],
    );
    expect(typical).toHaveLength(16 * (SORTS.length * 4 + 2 * 2));
    for (const text of typical) await expectOwned(text);
  });

  it('is reported if it is missing', async () => {
    for (const text of [
      'select title from tasks where id = $1',
      'update tasks set title = $1',
      'select title from tasks where user_id = $1 union all select email from users',
      'insert into tasks (id, user_id) values ($1, $2)',
      `select id from tasks where user_id = $1 and title = 'a' or description = 'b'`,
      'select id from tasks where user_id = $1 or completed',
    ]) {
      await expect(expectOwned(text)).rejects.toThrow();
    }
  });

  describe('alone, without row-level security,', () => {
    let persistence: Persistence;
    let mine: UserScope;
    let foreign: UserScope;
    let foreignTask: string;

    const aTask = async (scope: UserScope) => {
      const birth = newTask();
      const fields = { ...NEW_TASK, title: `of ${scope.userId}` };
      await persistence.tasks.create(scope, birth, fields, { once: false });
      return birth.id;
    };
    const everything = () =>
      database.query(
        `select users.*, tasks.*, trash.id as trashed, trash.task
         from users full join tasks on tasks.user_id = users.id
           left join trash on trash.user_id = users.id
         order by users.id, tasks.id, trash.id`,
      );

    beforeAll(async () => {
      persistence = await Persistence.open(database.endpoint);
      mine = await persistence.newUser('mine@example.com');
      foreign = await persistence.newUser('foreign@example.com');
      await aTask(mine);
      foreignTask = await aTask(foreign);
    });
    afterAll(() => persistence.close());

    it('shows own rows alone', async () => {
      const { tasks, users } = persistence;
      const range = { belowId: undefined, aboveId: undefined, limit: 10 };
      const pages = [
        await tasks.listNewest(mine, range),
        ...(await Promise.all(
          SORTS.map((sort) =>
            tasks.search(mine, {
              filters: { text: 'of' },
              sort,
              after: undefined,
              limit: 10,
              count: true,
            }),
          ),
        )),
      ];

      for (const { items, total = '1' } of pages) {
        expect(items.map((item) => JSON.parse(item) as unknown)).toEqual([
          expect.objectContaining({ user_id: mine.userId, title: `of ${mine.userId}` }),
        ]);
        expect(total).toBe('1');
      }
      expect(await tasks.find(mine, foreignTask)).toBeUndefined();
      expect(await users.find(mine)).toMatchObject({ id: mine.userId, email: 'mine@example.com' });
      expect(await users.find(UserScope.of(newTask().id))).toBeUndefined();
    });

    it('shows own changes alone', async () => {
      const { changes } = persistence;
      await database.query(
        `insert into trash (user_id, id, version, deleted_at)
         select user_id, gen_random_uuid(), version + 1, now() from tasks`,
      );
      const [own, others] = await Promise.all(
        [mine, foreign].map(async (scope) => {
          const since = await changes.listSince(scope, 0, { limit: 10 });
          const tasks = await changes.listTasks(scope, LOWEST_ID, { limit: 10 });
          expect([since.feed?.userId, since.changes.length, tasks.changes.length]).toEqual([
            scope.userId,
            2,
            1,
          ]);
          return [...since.changes, ...tasks.changes].map(({ id }) => id);
        }),
      );
      expect(own?.filter((id) => others?.includes(id))).toEqual([]);
      await database.query('delete from trash');
    });

    it('searches own rows alone, whatever is asked', async () => {
      const { tasks } = persistence;
      // Rows that meet each filter alone, and one that meets none.
      await database.query(
        `insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)
         select users.id, gen_random_uuid(), case when n & 1 > 0 then 'needle' else 'hay' end,
           case when n & 2 > 0 then 'a needle' when n & 4 > 0 then 'hay' end,
           n & 8 > 0, 1, now(), case when n & 16 > 0 then '2020-01-01' else '2030-01-01' end::timestamptz
         from users, generate_series(0, 31) n where users.id in ($1, $2)`,
        [mine.userId, foreign.userId],
      );
      const own = await database.query<{ id: string }>('select id from tasks where user_id = $1', [
        mine.userId,
      ]);
      const ids = own.map(({ id }) => id);
      const middle = ids.toSorted()[Math.floor(ids.length / 2)] ?? '';
      const filters: Required<SearchFilters> = {
        text: 'needle',
        completed: true,
        aboveId: middle,
        belowId: middle,
        updatedAfter: '2025-01-01T00:00:00Z',
        updatedBefore: '2025-01-01T00:00:00Z',
        dueBefore: '2026-01-01',
        dueAfter: '2025-01-01',
        overdue: true,
        timeZone: 'UTC',
        noDue: false,
        priority: 0,
        priorityMin: 0,
        tags: [],
        parentId: middle,
      };

      for (const [n, some] of subsetsOf(filters).entries()) {
        const sort = SORTS[n % SORTS.length] ?? 'title';
        const keys = {
          title: 'needle',
          updated_at: '2025-01-01',
          created_at: middle,
          due: '2025-06-01',
          priority: '0',
        };
        const key = keys[sort.replace('-', '') as keyof typeof keys];
        for (const after of [undefined, { key, id: middle }]) {
          const search = { filters: some, sort, after, limit: 200, count: true };
          const page = await tasks.search(mine, search);
          const found = page.items.map((item) => JSON.parse(item) as { user_id: string });

          expect(found.filter((task) => task.user_id !== mine.userId)).toEqual([]);
          expect(Number(page.total)).toBeLessThanOrEqual(ids.length);
          if (after === undefined) expect(page.total).toBe(String(found.length));
        }
      }
      await database.query(`delete from tasks where title in ('needle', 'hay')`);
    });

    it('shows and touches the own trash alone', async () => {
      const { tasks, trash } = persistence;
      const foreignTrash = await aTask(foreign);
      await tasks.delete(foreign, foreignTrash, undefined);
      const before = await everything();

      for (const count of [false, true]) {
        const page = await trash.list(mine, { before: undefined, limit: 10, count });
        expect(page).toMatchObject({ items: [], total: count ? '0' : undefined });
      }
      expect(await tasks.findMade(mine, foreignTrash)).toBeUndefined();
      expect(await trash.restore(mine, foreignTrash)).toBeUndefined();
      expect(await trash.purge(mine, foreignTrash)).toBe(false);

      expect(await everything()).toEqual(before);
      await database.query('delete from trash');
    });

    it('touches own rows alone', async () => {
      const { tasks, users } = persistence;
      const fields = { ...NEW_TASK, title: 'taken', description: 'over', completed: true };
      const before = await everything();
      const theirs = (await tasks.find(foreign, foreignTask))?.version ?? '';

      for (const versions of [undefined, [theirs]]) {
        expect(await tasks.replace(mine, foreignTask, fields, versions)).toBeUndefined();
        expect(await tasks.patch(mine, foreignTask, fields, versions)).toBeUndefined();
        expect(await tasks.complete(mine, foreignTask, undefined, versions)).toBeUndefined();
        expect(await tasks.delete(mine, foreignTask, versions)).toBeUndefined();
      }
      const nobody = UserScope.of(newTask().id);
      expect(await users.setEmail(nobody, 'taken@example.com')).toBeUndefined();
      expect(await users.delete(nobody)).toBe(false);

      expect(await everything()).toEqual(before);
    });

    it('takes neither a parent nor a neighbour from another user', async () => {
      const { tasks, order } = persistence;
      const own = await aTask(mine);
      const others = [await aTask(mine), await aTask(mine)] as const;
      const before = await everything();
      const fields = { ...NEW_TASK, parent_id: foreignTask };
      const invalid = { code: 'parent-invalid' };

      await expect(tasks.create(mine, newTask(), fields, { once: false })).rejects.toMatchObject(
        invalid,
      );
      await expect(tasks.replace(mine, own, fields, undefined)).rejects.toMatchObject(invalid);
      await expect(
        tasks.patch(mine, own, { parent_id: foreignTask }, undefined),
      ).rejects.toMatchObject(invalid);
      for (const place of ['after', 'before'] as const) {
        for (const given of [{}, { after: others[0], before: others[1] }]) {
          const neighbours = {
            after: undefined,
            before: undefined,
            ...given,
            [place]: foreignTask,
          };
          const move = { neighbours, versions: undefined, keyed: undefined };
          expect(await order.move(mine, own, move)).toMatchObject({
            row: { written: false },
            fault: place,
          });
        }
      }

      expect(await everything()).toEqual(before);
    });

    it('lets two users have tasks of the same id', async () => {
      const fields = { ...NEW_TASK, title: 'mine too' };
      const birth = { id: foreignTask, createdAtMs: 0 };

      const task = await persistence.tasks.create(mine, birth, fields, { once: true });

      expect(task).toMatchObject({ written: true, json: expect.stringContaining(mine.userId) });
      expect((await persistence.tasks.find(foreign, foreignTask))?.json).toContain(foreign.userId);
    });
  });
});
