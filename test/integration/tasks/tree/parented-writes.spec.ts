import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ProblemError } from '../../../../src/problems/problem-error';
import { newTask } from '../../../../src/tasks/task-id';
import { parentFaultSql } from '../../../../src/tasks/tree/parent.statements';
import type { UserScope } from '../../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../../support/app/task-fields';
import { Persistence } from '../../../support/database/persistence';
import { TestDatabase } from '../../../support/database/test-database';
import { LARGE_PROOFS } from '../../../support/large-proofs';

const ROUNDS = LARGE_PROOFS ? 1_000 : 60;
/** The control is seen to fail long before. */
const MOST_ROUNDS_OF_CONTROL = 1_000;
const MOVERS = 4;
const MOVES = 3;
const TASKS = 5;

type Reparent = (mover: number, id: string, parent: string) => Promise<boolean>;

/** The same write, but for the place where the number is taken: its snapshot is older than the lock. */
const NUMBER_IN_CTE = `with change as (
    update feeds set last_change = last_change + 1 where user_id = $1 returning last_change
  )
  update tasks set parent_id = $3, version = change.last_change
  from change
  where tasks.user_id = $1 and tasks.id = $2
    and (${parentFaultSql({ owner: '$1', id: '$2', parent: '$3::uuid', most: 'null::int' })}) is null`;

describe('Tasks of one user that get parents from several processes', () => {
  let database: TestDatabase;
  let processes: readonly Persistence[];
  let scope: UserScope;
  let ids: readonly string[];

  beforeAll(async () => {
    database = await TestDatabase.create();
    processes = await Promise.all(
      Array.from({ length: MOVERS }, () => Persistence.open(database.endpoint)),
    );
    const [one] = processes;
    if (one === undefined) throw new Error('There is no process');
    scope = await one.newUser();
    const births = Array.from({ length: TASKS }, newTask);
    for (const birth of births) await one.tasks.create(scope, birth, NEW_TASK, { once: false });
    ids = births.map(({ id }) => id);
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.close()));
    await database.drop();
  });

  const aPair = (): readonly [string, string] => {
    const one = Math.floor(Math.random() * TASKS);
    const other = (one + 1 + Math.floor(Math.random() * (TASKS - 1))) % TASKS;
    return [ids[one] ?? '', ids[other] ?? ''];
  };

  /** @returns how many parents were given */
  const aRound = async (reparent: Reparent): Promise<number> => {
    await database.query('update tasks set parent_id = null where parent_id is not null');
    const given = await Promise.all(
      Array.from({ length: MOVERS }, async (_, mover) => {
        let count = 0;
        for (let n = 0; n < MOVES; n += 1) count += (await reparent(mover, ...aPair())) ? 1 : 0;
        return count;
      }),
    );
    return given.reduce((sum, count) => sum + count, 0);
  };

  /** Tasks from which the way up does not end. */
  const circling = async (): Promise<number> => {
    const [row] = await database.query<{ count: string }>(
      `with recursive up (parent_id, level) as (
         select parent_id, 1 from tasks
         union all
         select tasks.parent_id, level + 1 from up join tasks on tasks.id = up.parent_id
         where level < 20
       )
       select count(*) from up where level = 20`,
    );
    return Number(row?.count);
  };

  const byTheApi: Reparent = async (mover, id, parent) => {
    try {
      const row = await processes[mover]?.tasks.patch(scope, id, { parent_id: parent }, undefined);
      return row?.written === true;
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'parent-invalid') return false;
      throw error;
    }
  };

  it(`never make a circle: ${ROUNDS} rounds`, async () => {
    let given = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      given += await aRound(byTheApi);
      expect(await circling()).toBe(0);
    }
    expect(given).toBeGreaterThan(2 * ROUNDS);
    expect(given).toBeLessThan(MOVERS * MOVES * ROUNDS);
  }, 300_000);

  it('make one where the number is taken in the statement itself', async () => {
    const clients = await Promise.all(
      Array.from({ length: MOVERS }, async () => {
        const client = new Client(database.endpoint.api);
        await client.connect();
        await client.query(
          `select set_config('app.user_id', $1, false), set_config('app.change', '1', false)`,
          [scope.userId],
        );
        return client;
      }),
    );
    const byCte: Reparent = async (mover, id, parent) => {
      const answer = await clients[mover]?.query(NUMBER_IN_CTE, [scope.userId, id, parent]);
      return answer?.rowCount === 1;
    };

    let circles = 0;
    for (let round = 0; circles === 0 && round < MOST_ROUNDS_OF_CONTROL; round += 1) {
      await aRound(byCte);
      circles = await circling();
    }
    await Promise.all(clients.map((client) => client.end()));

    expect(circles).toBeGreaterThan(0);
  }, 300_000);
});
