import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type KeyedWrite, KeyUsedError } from '../../../src/database/keyed-write';
import { newTask, type NewTask } from '../../../src/tasks/task-id';
import type { UserScope } from '../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../support/app/task-fields';
import { describeOnEveryMode, ReachedDatabase } from '../../support/database/connection-modes';
import { Persistence } from '../../support/database/persistence';

const FIELDS = { ...NEW_TASK, title: 'once' };

describeOnEveryMode('A keyed write', ({ variables, pooled }) => {
  let reached: ReachedDatabase;
  let persistence: Persistence;
  let scope: UserScope;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach({ pooled });
    persistence = await Persistence.open(reached.endpoint, variables);
    scope = await persistence.newUser();
  });
  afterAll(async () => {
    await persistence.close();
    await reached.close();
  });

  const keyedFor = (taskId: string, status: number): KeyedWrite => ({
    key: randomUUID(),
    request: randomUUID(),
    taskId,
    status,
  });
  const stored = async (by = scope): Promise<NewTask> => {
    const birth = newTask();
    await persistence.tasks.create(by, birth, FIELDS, { once: false });
    return birth;
  };
  /** What became of the same work, done many times at once. */
  const outcomes = async <Result>(work: () => Promise<Result>) => {
    const settled = await Promise.allSettled(Array.from({ length: 6 }, work));
    return settled.map((outcome) => {
      if (outcome.status === 'fulfilled') return 'written';
      const error: unknown = outcome.reason;
      return error instanceof KeyUsedError ? error.use.kind : error;
    });
  };
  const ONE_WRITE = ['repeated', 'repeated', 'repeated', 'repeated', 'repeated', 'written'];

  it('is made by one of twins: create, replace, patch, complete, delete, restore, purge', async () => {
    const { tasks, trash } = persistence;
    const { id } = await stored();
    const created = keyedFor(newTask().id, 201);
    const birth = { id: created.taskId, createdAtMs: 0 };
    const keyed = Array.from({ length: 6 }, () => keyedFor(id, 200));

    const works: readonly (() => Promise<unknown>)[] = [
      () => tasks.create(scope, birth, FIELDS, { once: false, keyed: created }),
      () => tasks.replace(scope, id, FIELDS, undefined, { keyed: keyed[0] }),
      () => tasks.patch(scope, id, { title: 'patched' }, undefined, { keyed: keyed[1] }),
      () => tasks.complete(scope, id, undefined, undefined, { keyed: keyed[2] }),
      () => tasks.delete(scope, id, undefined, keyed[3]),
      () => trash.restore(scope, id, keyed[4]),
    ];
    for (const work of works) expect((await outcomes(work)).toSorted()).toEqual(ONE_WRITE);
    await tasks.delete(scope, id, undefined);
    expect((await outcomes(() => trash.purge(scope, id, keyed[5]))).toSorted()).toEqual(ONE_WRITE);
  });

  it('stores no reply if it wrote nothing, and disturbs no neighbour', async () => {
    const { tasks } = persistence;
    const { id } = await stored();
    const other = await persistence.newUser();
    const neighbour = await stored(other);
    const keyed = keyedFor(id, 200);
    const [missing, kept, written, theirs] = await Promise.all([
      tasks.patch(scope, newTask().id, { title: 'x' }, undefined, { keyed: keyedFor(id, 200) }),
      tasks.patch(scope, id, { title: 'x' }, ['1'], { keyed }),
      tasks.patch(scope, id, { title: 'y' }, undefined, { keyed: { ...keyed, key: randomUUID() } }),
      tasks.patch(other, neighbour.id, { title: 'theirs' }, undefined, {
        keyed: { ...keyed, taskId: neighbour.id },
      }),
    ]);

    expect(missing).toBeUndefined();
    expect([kept?.written, written?.written, theirs?.written]).toEqual([false, true, true]);
    const again = await tasks.patch(scope, id, { title: 'z' }, undefined, { keyed });
    expect(again?.written).toBe(true);
  });

  it('tells another request under its key, and shows its scope to nobody', async () => {
    const { tasks } = persistence;
    const { id } = await stored();
    const keyed = keyedFor(id, 200);
    await tasks.complete(scope, id, true, undefined, { keyed });
    const other = { ...keyed, request: randomUUID() };

    expect(
      await outcomes(() => tasks.complete(scope, id, false, undefined, { keyed: other })),
    ).toEqual(Array(6).fill('taken'));
    expect(JSON.parse((await tasks.find(scope, id))?.json ?? '{}')).toMatchObject({
      completed: true,
    });
  });
});
