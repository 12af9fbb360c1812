import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSession } from '../../../src/database/session/database-session';
import { checkIsolation } from '../../../src/database/isolation/isolation-gate';
import { newTask } from '../../../src/tasks/task-id';
import type { UserScope } from '../../../src/user-scope/user-scope';
import { NEW_TASK } from '../../support/app/task-fields';
import { runCommand } from '../../support/app/run-command';
import { urlOf } from '../../support/database/connection-url';
import { OrdinaryOwner } from '../../support/database/ordinary-owner';
import { Persistence } from '../../support/database/persistence';

const DAY = 86_400_000_000;

describe('purge', () => {
  let owner: OrdinaryOwner;
  let persistence: Persistence;

  beforeEach(async () => {
    owner = await OrdinaryOwner.create();
    persistence = await Persistence.open(owner.database.endpoint);
  });
  afterEach(async () => {
    await persistence.close();
    await owner.drop();
  });

  const purge = async (): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(['purge'], {
      ...owner.database.variables,
      DATABASE_OWNER_URL: urlOf(owner.settings),
      TRASH_DAYS: '7',
    });
    expect(code).toBe(0);
    return stdout + stderr;
  };
  const deleted = async (scope: UserScope, daysAgo: number): Promise<void> => {
    const birth = newTask();
    await persistence.tasks.create(scope, birth, { ...NEW_TASK, title: 'x' }, { once: false });
    await persistence.tasks.delete(scope, birth.id, undefined);
    await owner.database.query('update trash set version = version - $2 where id = $1', [
      birth.id,
      daysAgo * DAY,
    ]);
  };

  it('erases what has expired of everybody, as an owner whom row-level security binds', async () => {
    const users = [await persistence.newUser(), await persistence.newUser()];
    for (const scope of users) for (const days of [1, 6, 8, 30, 32]) await deleted(scope, days);

    expect(await purge()).toBe('Done: nothing is left that has expired\n');

    for (const { userId } of users) {
      const rows = await owner.database.query(
        'select task is not null as kept from trash where user_id = $1 order by version',
        [userId],
      );
      expect(rows.map(({ kept }) => kept as boolean)).toEqual([false, false, true, true]);
    }
  });

  it('forgets the replies of the days before yesterday', async () => {
    const { userId } = await persistence.newUser();
    const today = Math.floor(Date.now() / 86_400_000);
    for (const day of [today, today - 1, today - 2, today - 30]) {
      await owner.database.query(
        `insert into replies (user_id, day, key, request, task_id, version, status)
         values ($1, $2, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 200)`,
        [userId, day],
      );
    }

    await purge();

    const rows = await owner.database.query('select day from replies order by day');
    expect(rows).toEqual([{ day: today - 1 }, { day: today }]);
  });

  it('names the table that a database without the migrations lacks', async () => {
    await owner.database.query('drop table trash');

    await expect(purge()).rejects.toThrow('relation "trash" does not exist');
  });

  it('leaves nothing behind that the servers would refuse', async () => {
    await purge();

    const { config } = await DatabaseSession.negotiate(owner.database.endpoint.api);
    expect(await checkIsolation(config)).toEqual([]);
    expect(
      await owner.database.query(`select from pg_policy where polname = 'migrating_owner'`),
    ).toEqual([]);
  });
});
