import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newTask } from '../../../../src/tasks/task-id';
import { NEW_TASK } from '../../../support/app/task-fields';
import { ReachedDatabase } from '../../../support/database/connection-modes';
import { Persistence } from '../../../support/database/persistence';
import { describeWith } from '../../../support/requirements';
import { WireProxy } from '../../../support/wire/wire-proxy';

/** Long enough for all reads of a test to be asked for before the first is answered. */
const SLOW_MS = 60;
const READS = 6;
const FAR = { measuredMs: 10 };
const NEAR = { measuredMs: 0 };

const declareTests = (pooled: boolean): void => {
  let reached: ReachedDatabase;
  let close: () => Promise<void>;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach({ pooled });
  });
  afterEach(() => close());
  afterAll(() => reached.close());

  const batchesOf = async ({ measuredMs }: typeof FAR, variables = {}): Promise<number> => {
    const proxy = await WireProxy.start(reached.endpoint.api);
    proxy.latencyMs = measuredMs;
    const persistence = await Persistence.open(proxy.before(reached.endpoint), variables);
    close = async () => {
      proxy.latencyMs = 0;
      await persistence.close();
      await proxy.stop();
    };
    const { tasks } = persistence;
    const scope = await persistence.newUser();
    const birth = newTask();
    await tasks.create(scope, birth, { ...NEW_TASK, title: 'mine' }, { once: false });
    proxy.latencyMs = SLOW_MS;
    proxy.clear();

    const reads: Promise<unknown>[] = [];
    for (let n = 0; n < READS; n += 1) {
      reads.push(tasks.find(scope, birth.id));
      // What one turn asks for is sent together.
      await nextTurn();
      await nextTurn();
    }
    for (const found of await Promise.all(reads)) expect(found).toBeDefined();
    return proxy.sent.filter(({ kind }) => kind === 'Sync').length;
  };

  it('gather behind the one before where the database is near', async () => {
    expect(await batchesOf(NEAR)).toBe(2);
  });

  it.each(['implicit', 'transaction'])(
    'do not wait for the one before where it is far (DATABASE_SCOPE=%s)',
    async (scope) => {
      expect(await batchesOf(FAR, { DATABASE_SCOPE: scope })).toBe(READS);
    },
  );

  it('share as many lanes as DATABASE_LANES says', async () => {
    const batches = await batchesOf(FAR, { DATABASE_LANES: '4' });
    // Through a pooler a lane has one on its way, and half of the lanes are for writes. The statements
    // that find no free lane gather on one of them.
    expect(batches).toBe(pooled ? 3 : READS);
  });
};

describe('Statements that follow each other', () => {
  declareTests(false);
});
describeWith('pgBouncer', 'Statements that follow each other through PgBouncer', () => {
  declareTests(true);
});
