import { positionOf, type TaskRow } from '../../../src/tasks/task-fields';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTask } from '../../../src/tasks/task-id';
import type { TaskFields } from '../../../src/tasks/dto/write-task.dto';
import { OwnerMissingError } from '../../../src/tasks/tasks.repository';
import type { Search } from '../../../src/tasks/search/tasks.search';
import { UserScope } from '../../../src/user-scope/user-scope';
import { describeOnEveryMode, ReachedDatabase } from '../../support/database/connection-modes';
import { Persistence } from '../../support/database/persistence';
import { expectGrowing, VERSION } from '../../support/database/versions';
import { NEW_TASK } from '../../support/app/task-fields';

const FIELDS: TaskFields = { ...NEW_TASK, title: 'Buy oat milk', description: 'Two litres' };

/** With something in each field that an open task may have. */
const FULL: Partial<TaskFields> = {
  due: '2026-12-01T09:00',
  time_zone: 'Europe/Berlin',
  recurrence: 'FREQ=DAILY',
  recurrence_from: 'completion',
  priority: 2,
  tags: ['home'],
};
const CHANGES: Partial<TaskFields> = {
  title: 'Other',
  description: null,
  completed: false,
  due: '2026-12-02T10:00',
  time_zone: null,
  recurrence: null,
  recurrence_from: 'due',
  priority: 4,
  tags: [],
  parent_id: null,
};
/** Each field alone, each with the title, and all. */
const PATCHES: readonly Partial<TaskFields>[] = [
  ...Object.entries(CHANGES).flatMap(([name, value]) => [
    { [name]: value },
    { title: 'Both', [name]: value },
  ]),
  CHANGES,
];

interface TaskDocument extends TaskFields {
  readonly id: string;
  readonly user_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const shown = (row: TaskRow | undefined): TaskDocument => JSON.parse(row?.json ?? 'null');

describeOnEveryMode('TasksRepository', (mode) => {
  let reached: ReachedDatabase;
  let persistence: Persistence;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    persistence = await Persistence.open(reached.endpoint, {
      ...mode.variables,
      DATABASE_LANES: '4',
    });
  });
  afterAll(async () => {
    await persistence.close();
    await reached.close();
  });

  const create = async (scope: UserScope, fields: Partial<TaskFields> = {}) => {
    const birth = newTask();
    await persistence.tasks.create(scope, birth, { ...FIELDS, ...fields }, { once: false });
    return birth.id;
  };

  describe('create', () => {
    it('stores a task, whose time is the millisecond of its id', async () => {
      const scope = await persistence.newUser();
      const birth = newTask();

      const row = await persistence.tasks.create(scope, birth, FIELDS, { once: false });

      const time = new Date(birth.createdAtMs).toISOString();
      expect(row).toMatchObject({ version: expect.stringMatching(VERSION), written: true });
      expect(shown(row)).toEqual({
        ...FIELDS,
        completed_at: null,
        id: birth.id,
        position: positionOf(birth.id, null),
        user_id: scope.userId,
        created_at: time,
        updated_at: time,
      });
      const stored = await persistence.tasks.find(scope, birth.id);
      expect([stored?.version, shown(stored)]).toEqual([row.version, shown(row)]);
    });

    it.each(['"\\ \u2028 \u{1F4A9} é', '\\u0000 </script>', "' or 1=1 --", '{"id":"x"}', '%s $1'])(
      'keeps %j as it is',
      async (title) => {
        const scope = await persistence.newUser();
        const id = await create(scope, { title, description: title });

        expect(shown(await persistence.tasks.find(scope, id))).toMatchObject({
          title,
          description: title,
        });
      },
    );

    it('tells that the owner has no account', async () => {
      await expect(create(UserScope.of(newTask().id))).rejects.toThrow(OwnerMissingError);
    });

    it('stores a task once, however many ask for it at once', async () => {
      const { tasks } = persistence;
      const scope = await persistence.newUser();
      const birth = newTask();
      const ask = (title: string): Promise<TaskRow> =>
        tasks.create(scope, birth, { ...FIELDS, title }, { once: true });

      const rows = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(ask));

      expect(rows.filter(({ written }) => written)).toHaveLength(1);
      expect(new Set(rows.map(({ json }) => json)).size).toBe(1);
    });
  });

  describe('writes', () => {
    it('replace, patch, complete and toggle, each with a later version and time', async () => {
      const { tasks } = persistence;
      const scope = await persistence.newUser();
      const id = await create(scope);
      const rows = [
        await tasks.find(scope, id),
        await tasks.replace(scope, id, { ...FIELDS, title: 'Put', description: null }, undefined),
        await tasks.patch(scope, id, { description: 'Patched' }, undefined),
        await tasks.patch(scope, id, { description: null, completed: true }, undefined),
        await tasks.complete(scope, id, undefined, undefined),
        await tasks.complete(scope, id, false, undefined),
      ];

      expectGrowing(rows.map((row) => row?.version));
      const documents = rows.map(shown);
      const states = documents.map(({ title, description, completed }) => [
        title,
        description,
        completed,
      ]);
      expect(states).toEqual([
        ['Buy oat milk', 'Two litres', false],
        ['Put', null, false],
        ['Put', 'Patched', false],
        ['Put', null, true],
        ['Put', null, false],
        ['Put', null, false],
      ]);
      const times = documents.map(({ updated_at: time }) => time);
      expect(new Set(times).size).toBe(times.length);
      expect([...times].sort()).toEqual(times);
    });

    it.each(PATCHES)('patch what is named, and nothing else: %j', async (changes) => {
      const { tasks } = persistence;
      const scope = await persistence.newUser();
      const id = await create(scope, FULL);
      const before = await tasks.find(scope, id);

      const row = await tasks.patch(scope, id, changes, undefined);
      const again = await tasks.patch(scope, id, changes, [row?.version ?? '']);

      const written = { ...changes, updated_at: expect.any(String) };
      expect(shown(row)).toEqual({ ...shown(before), ...written });
      expect(shown(again)).toEqual({ ...shown(before), ...written });
      expectGrowing([before, row, again].map((task) => task?.version));
    });

    it('delete for good', async () => {
      const scope = await persistence.newUser();
      const id = await create(scope);

      expect(await persistence.tasks.delete(scope, id, undefined)).toMatchObject({ written: true });
      expect(await persistence.tasks.find(scope, id)).toBeUndefined();
      expect(await persistence.tasks.delete(scope, id, undefined)).toBeUndefined();
    });

    it('leave the task unchanged if its version is not among the accepted ones', async () => {
      const { tasks } = persistence;
      const scope = await persistence.newUser();
      const id = await create(scope);
      const before = await tasks.find(scope, id);

      const version = before?.version ?? '';
      const later = String(Number(version) + 1);

      for (const versions of [['1'], [later], [later, '9'], []]) {
        const refused = { json: null, version, written: false };
        expect(await tasks.replace(scope, id, FIELDS, versions)).toEqual(refused);
        expect(await tasks.patch(scope, id, FIELDS, versions)).toEqual(refused);
        expect(await tasks.complete(scope, id, true, versions)).toEqual(refused);
        expect(await tasks.delete(scope, id, versions)).toEqual(refused);
      }
      expect(await tasks.find(scope, id)).toEqual(before);
      const after = await tasks.complete(scope, id, true, ['3', version]);
      expect(after?.written).toBe(true);
      expectGrowing([version, after?.version]);
    });

    it('let one of many clients with the same version win, and give the others the winning version', async () => {
      const { tasks } = persistence;
      const scope = await persistence.newUser();
      const id = await create(scope);

      let known = (await tasks.find(scope, id))?.version ?? '';

      for (let round = 1; round <= 5; round += 1) {
        const rivals = await Promise.all(
          Array.from({ length: 8 }, (_, n) =>
            tasks.patch(scope, id, { title: `by ${n}` }, [known]),
          ),
        );

        const winners = rivals.filter((row) => row?.written);
        const losers = rivals.filter((row) => row?.written === false);
        expect([winners.length, losers.length]).toEqual([1, 7]);
        const [{ version } = { version: '' }] = winners.flatMap((row) => row ?? []);
        expectGrowing([known, version]);
        for (const row of losers) expect(row?.version).toBe(version);
        known = version;
      }
    });

    it('lose no toggle of many at once', async () => {
      const { tasks } = persistence;
      const scope = await persistence.newUser();
      const id = await create(scope);

      const written = await Promise.all(
        Array.from({ length: 21 }, () => tasks.complete(scope, id, undefined, undefined)),
      );

      const row = await tasks.find(scope, id);
      const versions = written.map((answer) => answer?.version).sort();
      expectGrowing(versions);
      expect(row?.version).toBe(versions.at(-1));
      expect(shown(row).completed).toBe(true);
    });
  });

  describe('lists', () => {
    const search = (overrides: Partial<Search>): Search => ({
      filters: {},
      sort: '-created_at',
      after: undefined,
      limit: 2,
      count: false,
      ...overrides,
    });
    const titlesIn = (items: readonly string[]) =>
      items.map((item) => (JSON.parse(item) as TaskDocument).title);

    it('walk all tasks from the newest, page by page', async () => {
      const scope = await persistence.newUser();
      const ids: string[] = [];
      for (const title of ['1', '2', '3', '4', '5']) ids.push(await create(scope, { title }));
      const walked: string[][] = [];

      let belowId: string | undefined;
      do {
        const range = { belowId, aboveId: ids[0], limit: 2 };
        const { items, last } = await persistence.tasks.listNewest(scope, range);
        walked.push(titlesIn(items));
        belowId = last?.id;
      } while (belowId !== undefined);

      // The lower bound is exclusive too, and a page that is just full is known to be the last.
      expect(walked).toEqual([
        ['5', '4'],
        ['3', '2'],
      ]);
    });

    it('are empty without tasks', async () => {
      const scope = await persistence.newUser();
      const nothing = { items: [], last: undefined, total: undefined };
      const range = { belowId: undefined, aboveId: undefined, limit: 2 };

      expect(await persistence.tasks.listNewest(scope, range)).toEqual(nothing);
      expect(await persistence.tasks.search(scope, search({ count: true }))).toEqual({
        ...nothing,
        total: '0',
      });
    });

    it('walk the same tasks in every order, with the same total', async () => {
      const scope = await persistence.newUser();
      for (const title of ['b', 'a', 'a', 'Ä', 'B']) await create(scope, { title });
      const walk = async (sort: Search['sort']) => {
        const walked: string[] = [];
        let after: Search['after'];
        do {
          const page = await persistence.tasks.search(scope, search({ sort, after, count: true }));
          expect(page.total).toBe('5');
          walked.push(...titlesIn(page.items));
          after = page.last;
        } while (after !== undefined);
        return walked;
      };

      expect(await walk('title')).toEqual(['B', 'a', 'a', 'b', 'Ä']);
      expect(await walk('-title')).toEqual(['Ä', 'b', 'a', 'a', 'B']);
      expect(await walk('created_at')).toEqual(['b', 'a', 'a', 'Ä', 'B']);
      expect(await walk('-created_at')).toEqual(['B', 'Ä', 'a', 'a', 'b']);
      expect(await walk('updated_at')).toEqual(['b', 'a', 'a', 'Ä', 'B']);
      expect(await walk('-updated_at')).toEqual(['B', 'Ä', 'a', 'a', 'b']);
    });

    it('filter by text literally and in any case, and by state', async () => {
      const scope = await persistence.newUser();
      await create(scope, { title: '100 % Ärger', completed: true });
      await create(scope, { title: 'none', description: 'a_b \\ c' });
      const found = async (filters: Search['filters']) => {
        const { items } = await persistence.tasks.search(scope, search({ filters }));
        return titlesIn(items);
      };

      expect(await found({ text: 'äRGER' })).toEqual(['100 % Ärger']);
      expect(await found({ text: '0 %' })).toEqual(['100 % Ärger']);
      expect(await found({ text: '1%r' })).toEqual([]);
      expect(await found({ text: 'A_B \\' })).toEqual(['none']);
      expect(await found({ text: 'axb' })).toEqual([]);
      expect(await found({ completed: true })).toEqual(['100 % Ärger']);
      expect(await found({ completed: true, text: 'none' })).toEqual([]);
    });
  });
});
