import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { CHANGE_NUMBER } from '../../../src/database/compiled-statement';
import { DatabaseSession } from '../../../src/database/session/database-session';
import { newTask } from '../../../src/tasks/task-id';
import { OwnerMissingError } from '../../../src/tasks/tasks.repository';
import { UserScope } from '../../../src/user-scope/user-scope';
import { eventually } from '../../support/app/eventually';
import { outcomeOf } from '../../support/app/outcome';
import { PATIENT_WAITS } from '../../support/app/patient-waits';
import { NEW_TASK } from '../../support/app/task-fields';
import { Persistence } from '../../support/database/persistence';
import { serverLogOf } from '../../support/database/server-log';
import { TestDatabase } from '../../support/database/test-database';
import { expectGrowing } from '../../support/database/versions';
import { itWith } from '../../support/requirements';

const ADD = `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
  values ($1, gen_random_uuid(), $2, false, ${CHANGE_NUMBER}, now(), now())`;
const NUMBER = `select current_setting('app.change') as number`;
const TASKS = 'select title, version from tasks where user_id = $1 order by version';
const DAY = 86_400_000_000;

describe('The numbers of a feed', () => {
  let database: TestDatabase;
  let persistence: Persistence;
  let one: Client;
  let other: Client;

  beforeAll(async () => {
    database = await TestDatabase.create();
    persistence = await Persistence.open(database.endpoint, {}, PATIENT_WAITS);
    [one, other] = await Promise.all([aSession(), aSession()]);
  });
  afterAll(async () => {
    await Promise.all([one.end(), other.end(), persistence.close()]);
    await database.drop();
  });

  async function aSession(): Promise<Client> {
    const { config } = await DatabaseSession.negotiate(database.endpoint.api);
    const client = new Client(config);
    await client.connect();
    return client;
  }

  const aUser = async (): Promise<string> => (await persistence.newUser()).userId;
  const numberOf = async (client: Client): Promise<string> =>
    (await client.query<{ number: string }>(NUMBER)).rows[0]?.number ?? '';
  const enter = async (client: Client, user: string, width = 1): Promise<string> => {
    await client.query('select enter_change($1, $2)', [user, width]);
    return numberOf(client);
  };
  /** Commits what `work` does behind its number, and returns the number. */
  const change = async (
    client: Client,
    user: string,
    work: () => Promise<unknown> = () => client.query(ADD, [user, 'a task']),
    width = 1,
  ): Promise<string> => {
    await client.query('begin');
    const number = await enter(client, user, width);
    await work();
    await client.query('commit');
    return number;
  };
  const feedOf = async (user: string): Promise<string | undefined> => {
    const [feed] = await database.query<{ number: string }>(
      'select last_change as number from feeds where user_id = $1',
      [user],
    );
    return feed?.number;
  };
  const setFeed = (user: string, number: number): Promise<unknown> =>
    database.query('update feeds set last_change = $2 where user_id = $1', [user, number]);
  const tasksOf = (user: string) => database.query<{ version: string }>(TASKS, [user]);

  describe('grow', () => {
    it('with each write of the user, in whatever session', async () => {
      const user = await aUser();
      const numbers: string[] = [];

      for (let n = 0; n < 5; n += 1) {
        numbers.push(await change(one, user), await change(other, user));
      }

      expectGrowing(numbers);
      expect((await tasksOf(user)).map(({ version }) => version)).toEqual(numbers);
      expect(await feedOf(user)).toBe(numbers.at(-1));
    });

    it('with writes of one moment', async () => {
      const user = await aUser();
      const numbers: string[] = [];

      await one.query('begin');
      for (let n = 0; n < 3; n += 1) numbers.push(await enter(one, user));
      await one.query('commit');

      const [first = 0] = numbers.map(Number);
      expect(numbers.map(Number)).toEqual([first, first + 1, first + 2]);
    });

    it('by the clock, in microseconds', async () => {
      const user = await aUser();
      const before = Date.now() * 1_000;

      const number = Number(await change(one, user));

      expect(number).toBeGreaterThanOrEqual(before);
      expect(number).toBeLessThan((Date.now() + 1) * 1_000);
      await setFeed(user, number - DAY);
      expect(Number(await change(one, user))).toBeGreaterThan(number);
    });

    it('by one, where the clock was set back', async () => {
      const user = await aUser();
      const ahead = Number(await change(one, user)) + DAY;
      await setFeed(user, ahead);

      expect(Number(await change(one, user))).toBe(ahead + 1);
      expect(Number(await change(other, user))).toBe(ahead + 2);
    });

    it('by as many as a statement may use', async () => {
      const user = await aUser();
      const many = `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
        select $1, gen_random_uuid(), 'one of many', false, ${CHANGE_NUMBER} + n - 1, now(), now()
        from generate_series(1, 100) n`;

      const first = Number(await change(one, user, () => one.query(many, [user]), 100));
      const ahead = first + DAY;

      expect(await feedOf(user)).toBe(String(first + 99));
      await setFeed(user, ahead);
      expect(Number(await change(other, user, () => other.query('select'), 50))).toBe(ahead + 1);
      expect(Number(await change(one, user))).toBe(ahead + 51);
      expect(new Set((await tasksOf(user)).map(({ version }) => version)).size).toBe(101);
    });
  });

  itWith('ownServer', 'are none without an account, and that is no error', async () => {
    const nobody = UserScope.of(randomUUID());

    expect(await change(one, nobody.userId, () => one.query('select'))).toBe('');
    for (const once of [false, true]) {
      await expect(
        persistence.tasks.create(nobody, newTask(), NEW_TASK, { once }),
      ).rejects.toBeInstanceOf(OwnerMissingError);
    }
    expect(await persistence.tasks.complete(nobody, randomUUID(), true, undefined)).toBeUndefined();
    expect(await persistence.users.delete(nobody)).toBe(false);

    expect(await feedOf(nobody.userId)).toBeUndefined();
    const log = await serverLogOf(database);
    expect(
      log.filter((line) => line.includes(nobody.userId) || /ERROR|WARNING/.test(line)),
    ).toEqual([]);
  });

  describe('are skipped', () => {
    it('where a write finds no task, or another version', async () => {
      const scope = await persistence.newUser();
      const { tasks } = persistence;
      const task = newTask();
      const made = await tasks.create(scope, task, NEW_TASK, { once: false });
      const before = await tasksOf(scope.userId);

      expect(await tasks.complete(scope, randomUUID(), true, undefined)).toBeUndefined();
      const refused = await tasks.patch(scope, task.id, { title: 'late' }, ['1']);
      expect(refused).toMatchObject({ written: false, version: made.version });
      expect(await tasksOf(scope.userId)).toEqual(before);
      const skipped = await feedOf(scope.userId);
      const written = await tasks.patch(scope, task.id, { title: 'new' }, undefined);

      expectGrowing([made.version, skipped, written?.version]);
      expect(await feedOf(scope.userId)).toBe(written?.version);
    });

    it('where a write fails, if at all', async () => {
      const user = await aUser();
      const first = await change(one, user);

      const failed = change(one, user, () => one.query(ADD, [user, 'x'.repeat(201)]));
      expect(await outcomeOf(failed)).toBe('23514');
      await one.query('rollback');

      expect(await feedOf(user)).toBe(first);
      expectGrowing([first, await change(one, user)]);
      expect(await tasksOf(user)).toHaveLength(2);
    });
  });

  describe.each(['that has been written to before', 'that is new'])('of a feed %s', (kind) => {
    it('are taken in the order of the commits: the second sees the writes of the first', async () => {
      const user = await aUser();
      if (kind === 'that has been written to before') await change(one, user);
      await one.query('begin');
      const first = await enter(one, user);
      await one.query(ADD, [user, 'of the first']);

      await other.query('begin');
      const waiting = enter(other, user);
      await eventually(async () => {
        const held = await database.query(
          `select from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return held.length === 1;
      });
      await one.query('commit');
      const second = await waiting;
      const { rows: seen } = await other.query<{ title: string; version: string }>(TASKS, [user]);
      await other.query('commit');

      expectGrowing([first, second]);
      expect(seen.at(-1)).toEqual({ title: 'of the first', version: first });
    });
  });

  it('are shown to a statement of the lanes likewise, though it is sent with its number', async () => {
    const scope = await persistence.newUser();
    const { id } = newTask();
    await one.query('begin');
    await enter(one, scope.userId);
    await one.query(ADD.replace('gen_random_uuid()', `'${id}'`), [scope.userId, 'of the first']);

    const twin = persistence.tasks.create(scope, { id, createdAtMs: 0 }, NEW_TASK, { once: true });
    await eventually(async () => {
      const held = await database.query(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return held.length === 1;
    });
    await one.query('commit');

    expect(await twin).toMatchObject({
      written: false,
      json: expect.stringContaining('of the first'),
    });
  });

  it.each([
    ['on plain PostgreSQL', [], null],
    ['where it hands on to workers what SET LOCAL sets', [`set citus.shard_count = '32'`], 'local'],
  ] as const)('are set with the scope until the commit, %s', async (_, settings, handsOn) => {
    const user = await aUser();
    const client = await aSession();
    for (const setting of settings) await client.query(setting);
    const SET = `select current_setting('app.user_id', true) as scope,
      current_setting('app.change', true) as number,
      current_setting('citus.propagate_set_commands', true) as "handsOn"`;
    await client.query('begin');

    const number = await enter(client, user);

    expect((await client.query(SET)).rows).toEqual([{ scope: user, number, handsOn }]);
    await client.query('commit');
    expect(await feedOf(user)).toBe(number);
    expect((await client.query(SET)).rows[0]).toMatchObject({ scope: '', number: '' });
    await client.end();
  });

  describe('are needed', () => {
    const OLD_SERVER = {
      create: `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
        values ($1, gen_random_uuid(), 'of an old server', false, 1, now(), now())`,
      replace: `update tasks set title = 'of an old server', version = version + 1, updated_at = now()
        where user_id = $1`,
      delete: 'delete from tasks where user_id = $1',
    };
    const FORGETFUL = {
      'a number that is too low': `update tasks set version = ${CHANGE_NUMBER} - 1 where user_id = $1`,
      'the number that it had': `update tasks set title = 'changed' where user_id = $1`,
    };

    it.each(Object.entries(OLD_SERVER))('to write: %s', async (_, text) => {
      const user = await aUser();
      await change(one, user);
      const before = await tasksOf(user);

      for (const scope of [
        `select pg_catalog.set_config('app.user_id', $1, true)`,
        'select enter_scope($1::uuid)',
      ]) {
        await one.query('begin');
        await one.query(scope, [user]);
        const { rows } = await one.query(TASKS, [user]);
        expect(rows).toEqual(before);
        expect(await outcomeOf(one.query(text, [user]))).toBe('25006');
        await one.query('rollback');
      }

      expect(await tasksOf(user)).toEqual(before);
    });

    it.each(Object.entries(FORGETFUL))('not %s', async (_, text) => {
      const user = await aUser();
      await change(one, user);
      const before = await tasksOf(user);

      const written = change(one, user, () => one.query(text, [user]));
      expect(await outcomeOf(written)).toBe('42501');
      await one.query('rollback');

      expect(await tasksOf(user)).toEqual(before);
    });

    it('of the transaction itself: none is left on the session', async () => {
      const user = await aUser();
      await change(one, user);

      expect(await numberOf(one)).toBe('');
      await one.query('begin');
      await one.query('select enter_scope($1)', [user]);
      expect(await outcomeOf(one.query(ADD, [user, 'without one']))).toBe('25006');
      await one.query('rollback');
    });
  });

  it('let an account be deleted beside its writes, without a deadlock', async () => {
    const { tasks, users } = persistence;
    const rival = await Persistence.open(database.endpoint, {}, PATIENT_WAITS);
    for (let round = 0; round < 15; round += 1) {
      const scope = await persistence.newUser();
      const task = newTask();
      await tasks.create(scope, task, NEW_TASK, { once: false });
      const writes = [tasks, rival.tasks].flatMap((by) => [
        by.create(scope, newTask(), NEW_TASK, { once: false }),
        by.complete(scope, task.id, undefined, undefined),
        by.create(scope, newTask(), NEW_TASK, { once: true }),
      ]);

      const [deletion, ...others] = await Promise.allSettled([users.delete(scope), ...writes]);

      expect(deletion).toEqual({ status: 'fulfilled', value: true });
      const errors = others.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(errors.filter((error) => !(error instanceof OwnerMissingError))).toEqual([]);
      expect(await tasksOf(scope.userId)).toEqual([]);
      expect(await feedOf(scope.userId)).toBeUndefined();
    }
    await rival.close();
    const [row] = await database.query<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    );
    expect(row?.deadlocks).toBe(0);
  });
});
