import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ChangesReader } from '../../../src/changes/changes-reader';
import { newTask } from '../../../src/tasks/task-id';
import { UserScope } from '../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../support/app/task-fields';
import { Persistence } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';

describe('the first page of changes', () => {
  let database: TestDatabase;
  let persistence: Persistence;
  let reader: ChangesReader;

  beforeAll(async () => {
    database = await TestDatabase.create();
    persistence = await Persistence.open(database.endpoint);
    reader = new ChangesReader(persistence.changes);
  });
  afterAll(async () => {
    await persistence.close();
    await database.drop();
  });

  const make = (scope: UserScope) => persistence.users.insert(scope, null);
  const erase = ({ userId }: UserScope) =>
    database.query('delete from users where id = $1', [userId]);
  const write = (scope: UserScope) =>
    persistence.tasks.create(scope, newTask(), NEW_TASK, { once: false });
  /** Something happens between the two statements of the first page. */
  const meanwhile = (happens: () => Promise<unknown>): void => {
    const begin = persistence.changes.begin.bind(persistence.changes);
    jest.spyOn(persistence.changes, 'begin').mockImplementationOnce(async (scope) => {
      const feed = await begin(scope);
      await happens();
      return feed;
    });
  };

  it('is empty where the account is erased while it is read, and the next one, too', async () => {
    const scope = await persistence.newUser();
    await write(scope);
    meanwhile(() => erase(scope));
    const page = await reader.read(scope, undefined, { limit: 10 });

    expect(page).toMatchObject({ items: [], hasMore: false });
    expect(await reader.read(scope, page?.next, { limit: 10 })).toEqual(page);
  });

  it('is empty where the account is made, or made anew, while it is read; the next one has it begin again', async () => {
    const [made, anew] = [UserScope.of(randomUUID()), await persistence.newUser()];
    await write(anew);
    for (const scope of [made, anew]) {
      meanwhile(async () => {
        await erase(scope);
        await make(scope);
        await write(scope);
      });
      const page = await reader.read(scope, undefined, { limit: 10 });

      expect(page).toMatchObject({ items: [], hasMore: false });
      expect(await reader.read(scope, page?.next, { limit: 10 })).toBeUndefined();
      const again = await reader.read(scope, undefined, { limit: 10 });
      expect(again?.items).toHaveLength(1);
    }
  });
});
