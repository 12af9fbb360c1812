import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHANGES_STATEMENTS } from '../../../../src/changes/changes.statements';
import { newTask } from '../../../../src/tasks/task-id';
import { NEW_TASK } from '../../../support/app/task-fields';
import { outcomeOf } from '../../../support/app/outcome';
import { Persistence } from '../../../support/database/persistence';
import { RowLock } from '../../../support/database/row-lock';
import { TestDatabase } from '../../../support/database/test-database';

describe('The lane of a statement', () => {
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

  it('is that of writes where it selects and takes a number, so that no read waits for it', async () => {
    const { tasks, lanes } = persistence;
    const scope = await persistence.newUser();
    const birth = newTask();
    await tasks.create(scope, birth, { ...NEW_TASK, title: 'mine' }, { once: false });
    const lock = await RowLock.on(database, birth.id);

    const toggle = outcomeOf(tasks.complete(scope, birth.id, undefined, undefined));
    await lock.blocks(1);
    // The toggle holds the feed, for which this waits.
    const begin = outcomeOf(lanes.run(scope, CHANGES_STATEMENTS.begin, []));
    await tasks.find(scope, birth.id);

    const waiting = await database.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting).toHaveLength(1);
    await lock.release();
    expect(await Promise.all([toggle, begin])).toEqual(['fulfilled', 'fulfilled']);
  });
});
