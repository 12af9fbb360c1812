import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newTask } from '../../../../src/tasks/task-id';
import type { UserScope } from '../../../../src/user-scope/user-scope';
import { outcomeOf } from '../../../support/app/outcome';
import { NEW_TASK } from '../../../support/app/task-fields';
import { Persistence } from '../../../support/database/persistence';
import { RowLock } from '../../../support/database/row-lock';
import { TestDatabase } from '../../../support/database/test-database';
import { WireProxy } from '../../../support/wire/wire-proxy';

const USERS = 8;

interface OwnedTask {
  readonly scope: UserScope;
  readonly id: string;
}

/** PostgreSQL answers what the description of a task says, where its title says when. */
const FAIL_AS_DESCRIBED = `
  create function fail_as_described() returns trigger language plpgsql as $$
  begin
    raise exception 'as described' using errcode = new.description;
  end $$;
  create trigger fail_at_once before update on tasks
    for each row when (new.title = 'fails at once') execute function fail_as_described();
  create constraint trigger fail_at_commit after update on tasks deferrable initially deferred
    for each row when (new.title = 'fails at commit') execute function fail_as_described()`;

describe.each([
  { mode: 'implicit', latencyMs: 0 },
  { mode: 'transaction', latencyMs: 0 },
  // Batches follow each other there, and COMMIT comes behind the Sync.
  { mode: 'transaction', latencyMs: 5 },
] as const)(
  'One of eight statements in a batch, in $mode scope, $latencyMs ms from the database,',
  ({ mode, latencyMs }) => {
    let database: TestDatabase;
    let proxy: WireProxy;
    let persistence: Persistence;
    let owned: readonly OwnedTask[];

    beforeAll(async () => {
      database = await TestDatabase.create();
      await database.query(FAIL_AS_DESCRIBED);
      proxy = await WireProxy.start(database.endpoint.api);
      proxy.latencyMs = latencyMs;
      persistence = await Persistence.open(proxy.before(database.endpoint), {
        DATABASE_SCOPE: mode,
      });
    });
    afterEach(async () => {
      await database.clear();
    });
    afterAll(async () => {
      await persistence.close();
      await proxy.stop();
      await database.drop();
    });

    /** In the order in which a batch runs what they ask. */
    const newOwners = async (fields: Partial<typeof NEW_TASK>, failing: number) => {
      const scopes = await Promise.all(Array.from({ length: USERS }, () => persistence.newUser()));
      scopes.sort((one, other) => (one.userId < other.userId ? -1 : 1));
      owned = await Promise.all(
        scopes.map(async (scope, n) => {
          const birth = newTask();
          const own = { ...NEW_TASK, title: 'mine', ...(n === failing && fields) };
          await persistence.tasks.create(scope, birth, own, { once: false });
          return { scope, id: birth.id };
        }),
      );
      proxy.clear();
    };
    const toggle = ({ scope, id }: OwnedTask) =>
      persistence.tasks.complete(scope, id, undefined, undefined);
    const batches = () => proxy.sent.filter(({ kind }) => kind === 'Sync').length;

    /** A task that was toggled twice would be open again. */
    const expectDoneOnce = async (failing: number) => {
      const rows = await database.query(
        `select tasks.user_id, completed, version = last_change as is_last
         from tasks join feeds using (user_id) order by tasks.user_id`,
      );
      expect(rows).toEqual(
        owned.map(({ scope }, n) => ({
          user_id: scope.userId,
          completed: n !== failing,
          is_last: true,
        })),
      );
    };

    it.each([
      { when: 'at once', code: '23514', failing: 0 },
      { when: 'at once', code: '40001', failing: 3 },
      { when: 'at once', code: '40P01', failing: USERS - 1 },
      { when: 'at once', code: '57014', failing: 3 },
      { when: 'at commit', code: '23514', failing: 0 },
      { when: 'at commit', code: '40001', failing: USERS - 1 },
    ])('fails $when with $code (number $failing), and the others are done once', async (given) => {
      const { when, code, failing } = given;
      await newOwners({ title: `fails ${when}`, description: code }, failing);

      const outcomes = await Promise.all(owned.map((task) => outcomeOf(toggle(task))));

      expect(outcomes).toEqual(owned.map((_, n) => (n === failing ? code : 'fulfilled')));
      await expectDoneOnce(failing);
      expect(batches()).toBe(when === 'at once' ? 2 : 1 + USERS);
    });

    it.each(['lock_timeout', 'cancel'])(
      'waits for a lock until %s, and the others are done once',
      async (end) => {
        const failing = 3;
        await newOwners({}, failing);
        const lock = await RowLock.on(database, owned[failing]?.id ?? '');

        const asked = Promise.all(owned.map((task) => outcomeOf(toggle(task))));
        if (end === 'cancel') {
          await lock.blocks(1);
          await database.query(
            `select pg_cancel_backend(pid) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          );
        }

        const code = end === 'cancel' ? '57014' : '55P03';
        expect(await asked).toEqual(owned.map((_, n) => (n === failing ? code : 'fulfilled')));
        await lock.release();
        await expectDoneOnce(failing);
      },
    );
  },
);
