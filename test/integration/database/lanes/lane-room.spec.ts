import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newTask } from '../../../../src/tasks/task-id';
import type { UserScope } from '../../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../../support/app/task-fields';
import { Persistence } from '../../../support/database/persistence';
import { TestDatabase } from '../../../support/database/test-database';
import { WireProxy } from '../../../support/wire/wire-proxy';

const FIELDS = { ...NEW_TASK, title: 'mine' };

describe('The room in a batch', () => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let persistence: Persistence;
  const open = () => Persistence.open(proxy.before(database.endpoint));

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    persistence = await open();
  });
  afterAll(async () => {
    await persistence.close();
    await proxy.stop();
    await database.drop();
  });

  const aTask = async () => {
    const scope = await persistence.newUser();
    const birth = newTask();
    await persistence.tasks.create(scope, birth, FIELDS, { once: false });
    return { scope, id: birth.id };
  };
  const someTasks = (count: number) => Promise.all(Array.from({ length: count }, aTask));
  const flushes = () => proxy.sent.filter(({ kind }) => kind === 'Sync').length;

  it('is left for others, however much one user asks', async () => {
    const [greedy, other] = [await aTask(), await aTask()];
    const range = { belowId: undefined, aboveId: undefined, limit: 200 };
    await persistence.tasks.listNewest(greedy.scope, range);
    proxy.clear();

    await Promise.all([
      ...Array.from({ length: 20 }, () => persistence.tasks.listNewest(greedy.scope, range)),
      persistence.tasks.find(other.scope, other.id),
    ]);

    const order = proxy.sent.flatMap(({ kind, statement = '' }) =>
      kind === 'Sync' ? ['|'] : statement.startsWith('task_') && kind === 'Bind' ? [statement] : [],
    );
    expect(new Set(order.slice(0, 3))).toEqual(new Set(['task_get', 'task_list_newest']));
    expect(order.slice(3)).toEqual(
      Array.from({ length: 9 }, () => ['|', 'task_list_newest', 'task_list_newest'])
        .flat()
        .concat('|'),
    );
  });

  it('is taken by a page according to how long it may be', async () => {
    const owned = await someTasks(8);
    const ask = async (limit: number): Promise<void> => {
      const range = { belowId: undefined, aboveId: undefined, limit };
      await Promise.all(
        [...owned, ...owned, ...owned, ...owned].map(({ scope }) =>
          persistence.tasks.listNewest(scope, range),
        ),
      );
    };

    await ask(1);
    proxy.clear();
    await ask(20);
    expect(flushes()).toBe(1);

    proxy.clear();
    await ask(200);
    expect(flushes()).toBe(8);
  });

  it('goes to short pages, and long ones to the lane with the least to do', async () => {
    const owned = await someTasks(2);
    const ask = (limit: number) =>
      Promise.all(
        owned.map(({ scope }) =>
          persistence.tasks.listNewest(scope, { belowId: undefined, aboveId: undefined, limit }),
        ),
      );

    proxy.clear();
    await ask(99);
    expect(flushes()).toBe(1);

    proxy.clear();
    await ask(100);
    expect(flushes()).toBe(2);
  });

  describe('where a user has long texts', () => {
    const LONG = { ...FIELDS, description: '\u{1f331}'.repeat(10_000) };
    const WHOLE = { belowId: undefined, aboveId: undefined };
    let scope: UserScope;
    let id: string;

    beforeEach(async () => {
      // Nothing is known of a user whom a process has not met.
      await persistence.close();
      persistence = await open();
      ({ scope, id } = await aTask());
      await database.query(
        `insert into tasks
           select user_id, gen_random_uuid(), title, $2, completed, version, created_at, updated_at
           from tasks, generate_series(2, 60) where id = $1`,
        [id, LONG.description],
      );
    });

    const pagesOnLanes = () =>
      proxy.sent.filter(
        ({ kind, statement }) => kind === 'Bind' && statement === 'task_list_newest',
      ).length;
    const list = (limit: number) => persistence.tasks.listNewest(scope, { ...WHOLE, limit });

    it('is taken by their first page alone, and by no further one that may be heavy', async () => {
      proxy.clear();

      const pages = await Promise.all(Array.from({ length: 6 }, () => list(50)));

      expect(pagesOnLanes()).toBe(1);
      for (const { items } of pages) expect(items.join()).toBe(pages[0]?.items.join());
      expect(pages[0]?.items).toHaveLength(50);

      proxy.clear();
      await list(5);
      expect(pagesOnLanes()).toBe(1);
    });

    it('is known from pages in another order, too', async () => {
      const search = { filters: {}, sort: 'title', after: undefined, limit: 50 } as const;
      await persistence.tasks.search(scope, { ...search, count: false });
      proxy.clear();

      await list(50);

      expect(pagesOnLanes()).toBe(0);
    });

    it('takes fewer of their tasks', async () => {
      const long = newTask();
      await persistence.tasks.create(scope, long, LONG, { once: false });
      proxy.clear();

      await Promise.all(Array.from({ length: 24 }, () => persistence.tasks.find(scope, long.id)));

      expect(flushes()).toBeGreaterThanOrEqual(4);
    });
  });
});
