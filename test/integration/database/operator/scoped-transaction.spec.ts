import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHANGE_NUMBER, type CompiledStatement } from '../../../../src/database/compiled-statement';
import { DatabaseSession } from '../../../../src/database/session/database-session';
import {
  ScopedTransaction,
  type TransactionMode,
} from '../../../../src/database/operator/scoped-transaction';
import { newTask } from '../../../../src/tasks/task-id';
import type { UserScope } from '../../../../src/user-scope/user-scope';
import { Persistence } from '../../../support/database/persistence';
import { TestDatabase } from '../../../support/database/test-database';
import { NEW_TASK } from '../../../support/app/task-fields';

const WRITE = { numbers: 1 };

describe('A transaction of one user', () => {
  let database: TestDatabase;
  let persistence: Persistence;
  let mine: UserScope;
  let foreign: UserScope;

  beforeAll(async () => {
    database = await TestDatabase.create();
    persistence = await Persistence.open(database.endpoint);
    mine = await persistence.newUser('mine@example.com');
    foreign = await persistence.newUser('foreign@example.com');
    for (const scope of [mine, foreign]) {
      const fields = { ...NEW_TASK, title: `of ${scope.userId}` };
      await persistence.tasks.create(scope, newTask(), fields, { once: false });
    }
  });
  afterAll(async () => {
    await persistence.close();
    await database.drop();
  });

  /** Sends statements that forget the owner: row-level security alone is between them and the rest. */
  async function within<Result>(
    mode: TransactionMode,
    use: (
      send: (
        text: string,
        numbers?: Pick<CompiledStatement, 'numbers'>,
      ) => ReturnType<ScopedTransaction['send']>,
    ) => Promise<Result>,
  ): Promise<Result> {
    // The superuser: the session confines it all the same.
    const session = await DatabaseSession.negotiate(database.endpoint.owner);
    const transaction = await ScopedTransaction.open(session, { scope: mine, mode });
    try {
      return await use((text, numbers) =>
        transaction.send({ name: 'careless', text, ...numbers }, []),
      );
    } finally {
      await transaction.close();
    }
  }

  it('is of the role that serves requests, and sees own rows alone', async () => {
    const rows = await within('read', async (send) => [
      (await send('select current_user::text, $1::text')).rows,
      (await send('select user_id, $1 = user_id from tasks')).rows,
      (await send('select id, $1 = id from users')).rows,
    ]);
    expect(rows).toEqual([[['task_api', mine.userId]], [[mine.userId, 't']], [[mine.userId, 't']]]);
  });

  it('touches own rows alone', async () => {
    const counts = await within('write', async (send) => [
      (
        await send(
          `update tasks set title = 'taken', version = ${CHANGE_NUMBER} where $1::uuid is not null`,
          WRITE,
        )
      ).count,
      (await send('delete from tasks where user_id <> $1', WRITE)).count,
    ]);
    expect(counts).toEqual([1, 0]);
    const insert = `insert into tasks
      select '${foreign.userId}', gen_random_uuid(), 'x', null, false, ${CHANGE_NUMBER}, now(), now()
      where $1::uuid is not null`;
    await expect(within('write', (send) => send(insert, WRITE))).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('that only reads writes nothing', async () => {
    const write = 'delete from tasks where user_id = $1';
    for (const numbers of [{}, WRITE]) {
      await expect(within('read', (send) => send(write, numbers))).rejects.toMatchObject({
        code: '25006',
        message: expect.stringContaining('in a read-only transaction'),
      });
    }
  });

  it('leaves nothing of what is not committed', async () => {
    await within('write', (send) => send('delete from tasks where user_id = $1', WRITE));
    expect(await database.query('select title from tasks')).toHaveLength(2);
  });
});
