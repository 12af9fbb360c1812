import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTask } from '../../../src/tasks/task-id';
import { UserScope } from '../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../support/app/task-fields';
import { Persistence } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';

describe('the mark of a feed', () => {
  let database: TestDatabase;
  let persistence: Persistence;

  beforeAll(async () => {
    database = await TestDatabase.create();
    persistence = await Persistence.open(database.endpoint);
  });
  afterAll(async () => {
    await persistence.close();
    await database.drop();
  });

  const aWriter = async (): Promise<UserScope> => {
    const scope = await persistence.newUser();
    await persistence.tasks.create(scope, newTask(), NEW_TASK, { once: false });
    return scope;
  };
  const feeds = () =>
    database.query<{ user_id: string; last_change: string; watched: boolean }>(
      'select user_id, last_change, coalesce(watched_until > now(), false) as watched from feeds',
    );

  it('is set and read in the own feed alone, with its last number', async () => {
    const [mine, foreign] = [await aWriter(), await aWriter()];
    const before = await feeds();
    const numberOf = ({ userId }: UserScope) =>
      Number(before.find((feed) => feed.user_id === userId)?.last_change);
    const { marks } = persistence;

    expect(await marks.mark(mine)).toBe(numberOf(mine));
    expect(await marks.look(mine)).toBe(numberOf(mine));
    expect(await marks.look(foreign)).toBe(numberOf(foreign));
    const watched = (await feeds()).filter((feed) => feed.watched);
    expect(watched.map((feed) => feed.user_id)).toEqual([mine.userId]);
  });

  it('is none where there is no feed: for an account that has not written, and without an account', async () => {
    const { marks } = persistence;
    for (const scope of [await persistence.newUser(), UserScope.of(newTask().id)]) {
      expect(await marks.mark(scope)).toBeUndefined();
      expect(await marks.look(scope)).toBeUndefined();
    }
  });
});
