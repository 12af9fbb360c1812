import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ID } from '../../../src/tasks/task-fields';
import { newTask } from '../../../src/tasks/task-id';
import { Task } from '../../../src/tasks/task.entity';
import { trashStatements } from '../../../src/trash/trash.statements';
import type { UserScope } from '../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../support/app/task-fields';
import { describeOnEveryMode, ReachedDatabase } from '../../support/database/connection-modes';
import { Persistence } from '../../support/database/persistence';

describeOnEveryMode('The trash', (mode) => {
  let reached: ReachedDatabase;
  let persistence: Persistence;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    persistence = await Persistence.open(reached.endpoint, mode.variables);
  });
  afterAll(async () => {
    await persistence.close();
    await reached.close();
  });

  const create = async (scope: UserScope, title = 'x'): Promise<string> => {
    const birth = newTask();
    await persistence.tasks.create(scope, birth, { ...NEW_TASK, title }, { once: false });
    return birth.id;
  };
  const shown = (items: readonly string[]) =>
    items.map((item) => (JSON.parse(item) as { title: string }).title);
  /** Ids in both tables, and in none of them. */
  const misplaced = (ids: readonly string[]) =>
    reached.database.query(
      `select id from unnest($1::uuid[]) id
       where (id in (select id from tasks)) = (id in (select id from trash))`,
      [ids],
    );

  it('lists what was deleted, last first, page by page, and counts it', async () => {
    const { tasks, trash } = persistence;
    const scope = await persistence.newUser();
    for (const title of ['1', '2', '3']) {
      await tasks.delete(scope, await create(scope, title), undefined);
    }

    const first = await trash.list(scope, { before: undefined, limit: 2, count: false });
    expect([shown(first.items), first.total]).toEqual([['3', '2'], undefined]);
    const before = first.last?.key ?? undefined;
    const second = await trash.list(scope, { before, limit: 2, count: true });
    expect([shown(second.items), second.last, second.total]).toEqual([['1'], undefined, '3']);
  });

  it('takes a task whose version is still that of its reader, and no other', async () => {
    const { tasks } = persistence;
    const scope = await persistence.newUser();
    const id = await create(scope);
    const stored = await tasks.find(scope, id);

    const kept = await tasks.delete(scope, id, ['1']);
    expect(kept).toMatchObject({ written: false, version: stored?.version });
    expect(await misplaced([id])).toEqual([]);
    expect(await tasks.delete(scope, id, [stored?.version ?? ''])).toMatchObject({ written: true });
    expect(await tasks.delete(scope, id, undefined)).toBeUndefined();
  });

  it('gives every move a number, higher than all before', async () => {
    const { tasks, trash } = persistence;
    const scope = await persistence.newUser();
    const id = await create(scope);
    const numbers = [(await tasks.find(scope, id))?.version ?? ''];
    for (let n = 0; n < 3; n += 1) {
      await tasks.delete(scope, id, undefined);
      const [row] = await reached.database.query<{ version: string }>(
        'select version from trash where id = $1',
        [id],
      );
      numbers.push(row?.version ?? '', (await trash.restore(scope, id))?.version ?? '');
    }

    expect(numbers).toEqual(numbers.toSorted());
    expect(new Set(numbers).size).toBe(7);
  });

  it('looks at no more subtasks than it may, and keeps a task that has more', async () => {
    const { tasks } = persistence;
    const scope = await persistence.newUser();
    const parent = await create(scope);
    const id = await create(scope);
    await tasks.patch(scope, id, { parent_id: parent }, undefined);
    for (let n = 0; n < 2; n += 1) {
      await tasks.patch(scope, await create(scope), { parent_id: id }, undefined);
    }
    await tasks.delete(scope, id, undefined);
    const restoration = trashStatements(persistence.source.getRepository(Task)).restore.text;
    const restore = async (most: number) => {
      const values = [id, '30', String(most)];
      const [row] = await persistence.pool.run(scope, restoration, values, { numbers: 1 });
      return { id: row?.[ID], fault: row?.at(-1) };
    };

    // The task itself counts.
    expect(await restore(2)).toEqual({ id: null, fault: 'large' });
    expect(await restore(3)).toEqual({ id, fault: null });
    expect(await restore(3)).toEqual({ id: undefined, fault: undefined });
  });

  it('never has a live task, under concurrent deletions and restores', async () => {
    const { tasks, trash } = persistence;
    const scope = await persistence.newUser();
    const ids = await Promise.all([create(scope), create(scope)]);

    const moves = await Promise.all(
      [...ids, ...ids, ...ids].flatMap((id) => [
        tasks.delete(scope, id, undefined),
        trash.restore(scope, id),
        trash.restore(scope, id),
      ]),
    );

    expect(moves.some((row) => row === undefined)).toBe(true);
    expect(await misplaced(ids)).toEqual([]);
  });
});
