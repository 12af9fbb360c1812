import { beforeEach, describe, expect, it } from '@jest/globals';
import { TaskQuota, type TaskCounts } from '../../../src/tasks/task-quota';
import { UserScope } from '../../../src/user-scope/user-scope';
import { outcomeOf } from '../../support/app/outcome';
import { refusalOf } from '../../support/app/refusal';
import { testEnv } from '../../support/app/test-env';

const ADA = UserScope.of('0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5');

/** Stands for PostgreSQL: what is stored is seen by later looks alone. */
class StoredTasks {
  stored = 0;
  trashed = 0;
  looks = 0;
  areLost = false;
  afterCount: () => void = () => undefined;

  readonly counts = {
    countUpTo: async (_: UserScope, most: number) => {
      this.looks += 1;
      if (this.areLost) throw new Error('lost');
      const [tasks, trashed] = [Math.min(this.stored, most), Math.min(this.trashed, most)];
      await new Promise((resolve) => setImmediate(resolve));
      this.afterCount();
      return { tasks, trashed };
    },
    emptyOldest: async (_: UserScope, count: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      const emptied = Math.min(this.trashed, count);
      this.trashed -= emptied;
      return emptied;
    },
  } as TaskCounts;

  restore(count: number): void {
    this.trashed -= count;
    this.stored += count;
  }

  readonly create = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    this.stored += 1;
  };
}

describe('the quota of tasks', () => {
  let tasks: StoredTasks;

  beforeEach(() => {
    tasks = new StoredTasks();
  });

  const quotaOf = (limit: number, workers = 1): TaskQuota =>
    new TaskQuota(
      tasks.counts,
      testEnv({ MAX_TASKS_PER_USER: String(limit), WORKERS: String(workers) }),
    );
  const createAtOnce = (quotas: readonly TaskQuota[], times: number): Promise<readonly string[]> =>
    Promise.all(
      Array.from({ length: times }, (_, n) =>
        outcomeOf(quotas[n % quotas.length]?.within(ADA, tasks.create) ?? Promise.resolve()),
      ),
    );

  it('is kept to the task by one process, however many are created at once', async () => {
    const outcomes = await createAtOnce([quotaOf(100)], 300);

    expect(tasks.stored).toBe(100);
    expect(outcomes.filter((outcome) => outcome === 'fulfilled')).toHaveLength(100);
    expect(outcomes.filter((outcome) => outcome === 'task-limit-reached')).toHaveLength(200);
  });

  it.each([
    [100, 2],
    [100, 8],
    [1_000, 4],
  ])('of %i is passed by less than a tenth by %i workers', async (limit, workers) => {
    const quotas = Array.from({ length: workers }, () => quotaOf(limit, workers));
    // Each knows of some room, which the others then take.
    await createAtOnce(quotas, workers);

    await createAtOnce(quotas, 2 * limit);

    expect(tasks.stored).toBeGreaterThanOrEqual(limit);
    expect(tasks.stored).toBeLessThan(1.1 * limit);
  });

  it.each([20, 15, 1])('is kept where %i are restored while creates begin', async (count) => {
    tasks.trashed = 20;
    tasks.afterCount = () => tasks.restore(Math.min(count, tasks.trashed));

    await createAtOnce([quotaOf(20)], 25);

    expect(tasks.stored).toBe(20);
    expect(tasks.stored + tasks.trashed).toBe(20);
  });

  it('costs a look before the first task, and after each twentieth of the limit', async () => {
    const quota = quotaOf(1_000);
    for (let n = 0; n < 200; n += 1) await quota.within(ADA, tasks.create);

    expect(tasks.looks).toBe(4);
  });

  it('looks again where it was reached, so that who deletes may create', async () => {
    tasks.stored = 10;
    const quota = quotaOf(10);
    const refusal = await refusalOf(() => quota.within(ADA, tasks.create));
    expect([refusal.code, refusal.detail]).toEqual([
      'task-limit-reached',
      'A user may have 10 tasks. Delete some, then create the task again.',
    ]);

    tasks.stored = 9;

    await quota.within(ADA, tasks.create);
    expect((await refusalOf(() => quota.within(ADA, tasks.create))).code).toBe(
      'task-limit-reached',
    );
  });

  it('counts the trash, which makes room rather than keep a task from being created', async () => {
    tasks.stored = 60;
    tasks.trashed = 40;

    const outcomes = await createAtOnce([quotaOf(100)], 50);

    expect(outcomes.filter((outcome) => outcome === 'fulfilled')).toHaveLength(40);
    expect([tasks.stored, tasks.trashed]).toEqual([100, 0]);
  });

  it('leaves in the trash what there is room for', async () => {
    tasks.stored = 500;
    tasks.trashed = 490;
    const quota = quotaOf(1_000);

    for (let n = 0; n < 50; n += 1) await quota.within(ADA, tasks.create);
    expect([tasks.stored, tasks.trashed]).toEqual([550, 450]);

    for (let n = 0; n < 25; n += 1) await quota.within(ADA, tasks.create);
    expect(tasks.stored + tasks.trashed).toBeLessThanOrEqual(1_000);
    expect(tasks.trashed).toBeGreaterThanOrEqual(400);
  });

  it.each([2, 8])('holds for %i workers, the trash with it', async (workers) => {
    tasks.trashed = 1_000;
    const quotas = Array.from({ length: workers }, () => quotaOf(1_000, workers));

    for (let n = 0; n < 800; n += 1) {
      await quotas[n % workers]?.within(ADA, tasks.create);
      expect(tasks.stored + tasks.trashed).toBeLessThan(1_100);
    }
    expect(tasks.trashed).toBeGreaterThan(0);
  });

  it('continues after a failed look or create', async () => {
    const quota = quotaOf(2);
    tasks.areLost = true;
    expect(await outcomeOf(quota.within(ADA, tasks.create))).toBe('lost');
    tasks.areLost = false;

    expect(await outcomeOf(quota.within(ADA, () => Promise.reject(new Error('failed'))))).toBe(
      'failed',
    );
    expect(await createAtOnce([quota], 3)).toEqual([
      'fulfilled',
      'fulfilled',
      'task-limit-reached',
    ]);
  });

  it('is none at 0', async () => {
    await createAtOnce([quotaOf(0)], 500);

    expect([tasks.stored, tasks.looks]).toEqual([500, 0]);
  });
});
