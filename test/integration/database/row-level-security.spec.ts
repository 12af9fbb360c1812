import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { type CompiledStatement, numbersOf } from '../../../src/database/compiled-statement';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { dataSourceOptions } from '../../../src/database/schema/data-source-options';
import { DatabaseSession } from '../../../src/database/session/database-session';
import { Lanes } from '../../../src/database/lanes/lanes';
import { ScopedPool } from '../../../src/database/pool/scoped-pool';
import { Task } from '../../../src/tasks/task.entity';
import { UserScope } from '../../../src/user-scope/user-scope';
import { User } from '../../../src/users/user.entity';
import { describeOnEveryMode, ReachedDatabase } from '../../support/database/connection-modes';
import { Login } from '../../support/database/login';
import { outcomeOf } from '../../support/app/outcome';
import { testEnv } from '../../support/app/test-env';
import { ENTITIES } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';
import { replaceText } from '../../support/wire/wire-messages';
import { WireProxy } from '../../support/wire/wire-proxy';

/** Above every number, so that the owner alone decides. */
const NUMBER = 9_000_000_000_000_000;

/** A repository by somebody who forgot the owner everywhere. `$1` only names its type. */
const FORGETFUL = {
  list: { name: 'forgetful_list', text: 'select user_id from tasks where $1::uuid is not null' },
  users: { name: 'forgetful_users', text: 'select id from users where $1::uuid is not null' },
  join: {
    name: 'forgetful_join',
    text: 'select users.id from tasks join users on users.id = user_id where $1::uuid is not null',
  },
  change: {
    name: 'forgetful_change',
    numbers: 1,
    text: `update tasks set title = 'taken', version = ${NUMBER}
           where $1::uuid is not null returning user_id`,
  },
  remove: {
    name: 'forgetful_remove',
    numbers: 1,
    text: 'delete from tasks where $1::uuid is not null returning user_id',
  },
  give: {
    name: 'forgetful_give',
    numbers: 1,
    text: `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
           select $2::uuid, gen_random_uuid(), 'smuggled', false, ${NUMBER}, now(), now()
           where $1::uuid is not null returning user_id`,
  },
  // Without RETURNING, for which the row would have to be visible as well.
  smuggle: {
    name: 'forgetful_smuggle',
    numbers: 1,
    text: `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
           select $2::uuid, gen_random_uuid(), 'smuggled', false, ${NUMBER}, now(), now()
           where $1::uuid is not null`,
  },
  seize: {
    name: 'forgetful_seize',
    numbers: 1,
    text: `update tasks set user_id = $2::uuid, version = ${NUMBER}
           where $1::uuid is not null returning user_id`,
  },
} as const satisfies Record<string, CompiledStatement>;

/** The tables of what users have beside tasks, and a row for an owner. */
const BESIDE_TASKS: Readonly<Record<string, string>> = {
  feeds: '(user_id, last_change, since) select $2::uuid, 1, 1',
  trash: '(user_id, id, version, deleted_at) select $2::uuid, gen_random_uuid(), 1, now()',
  replies: `(user_id, day, key, request, task_id, version, status)
    select $2::uuid, 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 200`,
};

/** What the repository would do to another table. */
const forgetfulOf = (table: string) =>
  ({
    list: {
      name: `forgetful_list_${table}`,
      text: `select user_id from ${table} where $1::uuid is not null`,
    },
    remove: {
      name: `forgetful_remove_${table}`,
      text: `delete from ${table} where $1::uuid is not null returning user_id`,
    },
    give: {
      name: `forgetful_give_${table}`,
      text: `insert into ${table} ${BESIDE_TASKS[table]} where $1::uuid is not null`,
    },
    seize: {
      name: `forgetful_seize_${table}`,
      text: `update ${table} set user_id = $2::uuid where $1::uuid is not null returning user_id`,
    },
  }) as const satisfies Record<string, CompiledStatement>;

const ANN = '00000000-0000-4000-8000-00000000000a';
const BOB = '00000000-0000-4000-8000-00000000000b';

/** Ann and Bob with three tasks each, of which one is completed and one has a description. */
async function populate(database: TestDatabase): Promise<void> {
  await database.query('insert into users (id, created_at) values ($1, now()), ($2, now())', [
    ANN,
    BOB,
  ]);
  await database.query(`
    insert into tasks (user_id, id, title, description, completed, version, created_at, updated_at)
    select users.id, gen_random_uuid(), 'of ' || users.id, case when n = 2 then 'text' end, n = 3, n, now(), now()
    from users, generate_series(1, 3) n`);
  for (const [table, row] of Object.entries(BESIDE_TASKS)) {
    for (const owner of [ANN, BOB]) {
      await database.query(`insert into ${table} ${row} where $1::uuid is not null`, [
        owner,
        owner,
      ]);
    }
  }
}

describeOnEveryMode('Row-level security', (mode) => {
  let reached: ReachedDatabase;
  let lanes: Lanes;
  let pool: ScopedPool;
  const ann = UserScope.of(ANN);

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    await populate(reached.database);
    const session = await DatabaseSession.negotiate(reached.endpoint.api);
    lanes = new Lanes(session, testEnv(mode.variables));
    pool = new ScopedPool(session, testEnv(mode.variables), 'searches');
    lanes.register(FORGETFUL);
    for (const table of Object.keys(BESIDE_TASKS)) lanes.register(forgetfulOf(table));
    await lanes.open();
  });
  afterAll(async () => {
    await lanes.close();
    await pool.close();
    await reached.close();
  });

  describe.each(['lanes', 'pool'] as const)(
    'holds on the %s where a statement forgets the owner',
    (kind) => {
      const run = (statement: CompiledStatement, ...values: string[]) =>
        kind === 'lanes'
          ? lanes.run(ann, statement, values)
          : pool.run(ann, statement.text, values, { numbers: numbersOf(statement, values) });
      const tasksOf = (id: string) =>
        reached.database.query('select * from tasks where user_id = $1 order by id', [id]);

      it('when it reads', async () => {
        expect(await run(FORGETFUL.list)).toEqual([[ANN], [ANN], [ANN]]);
        expect(await run(FORGETFUL.users)).toEqual([[ANN]]);
        expect(await run(FORGETFUL.join)).toEqual([[ANN], [ANN], [ANN]]);
      });

      it('when it writes', async () => {
        const before = await tasksOf(BOB);

        expect(await run(FORGETFUL.change)).toEqual([[ANN], [ANN], [ANN]]);
        expect(await outcomeOf(run(FORGETFUL.give, BOB))).toBe('42501');
        expect(await outcomeOf(run(FORGETFUL.smuggle, BOB))).toBe('42501');
        expect(await outcomeOf(run(FORGETFUL.seize, BOB))).toBe('42501');
        expect(await tasksOf(BOB)).toEqual(before);
      });

      it('when it deletes', async () => {
        const before = await tasksOf(BOB);

        expect(await run(FORGETFUL.remove)).toHaveLength(3);
        expect(await tasksOf(ANN)).toEqual([]);
        expect(await tasksOf(BOB)).toEqual(before);

        await reached.database.clear();
        await populate(reached.database);
      });

      it.each(Object.keys(BESIDE_TASKS))('on the table %s', async (table) => {
        const { list, remove, give, seize } = forgetfulOf(table);
        const ofBob = () =>
          reached.database.query(`select * from ${table} where user_id = $1`, [BOB]);
        const before = await ofBob();
        // The column of a key of one user is the other's already.
        const refused = /42501|23505/;

        expect(await run(list)).toEqual([[ANN]]);
        expect(await outcomeOf(run(give, BOB))).toBe('42501');
        expect(await outcomeOf(run(seize, BOB))).toMatch(refused);
        expect(await run(remove)).toEqual([[ANN]]);
        expect(await ofBob()).toEqual(before);

        await reached.database.clear();
        await populate(reached.database);
      });

      it('and refuses a statement that takes no number', async () => {
        const before = await tasksOf(ANN);

        for (const { name, text } of [FORGETFUL.change, FORGETFUL.remove]) {
          const statement = { name: `${name}_unnumbered`, text };
          if (kind === 'lanes') lanes.register({ statement });
          expect(await outcomeOf(run(statement))).toBe('25006');
        }
        const { name, text } = FORGETFUL.give;
        expect(await outcomeOf(run({ name, text }, ANN))).toBe('25006');
        expect(await tasksOf(ANN)).toEqual(before);
      });
    },
  );

  it('is what holds there: without it the same statement shows and takes everything', async () => {
    await reached.database.query('alter table tasks disable row level security');

    expect(await lanes.run(ann, FORGETFUL.list, [])).toHaveLength(6);
    expect(await lanes.run(ann, FORGETFUL.seize, [ANN])).toHaveLength(6);

    await reached.database.query('alter table tasks enable row level security');
  });
});

/** Logins that PostgreSQL would let see everything, were they not confined to task_api. */
const LOGINS = ['task_api', 'a superuser', 'the owner', 'a login with BYPASSRLS'] as const;

describe.each(LOGINS)('Without a scope, where DATABASE_URL names %s,', (kind) => {
  let database: TestDatabase;
  let login: Login | undefined;
  let proxy: WireProxy;

  beforeAll(async () => {
    database = await TestDatabase.create();
    await populate(database);
    proxy = await WireProxy.start(await settingsOf(kind));
  });
  afterAll(async () => {
    await proxy.stop();
    await database.drop();
    await login?.drop();
  });

  async function settingsOf(name: (typeof LOGINS)[number]): Promise<ConnectionSettings> {
    const { api } = database.endpoint;
    if (name === 'task_api') return api;
    const attributes =
      { 'a superuser': 'superuser', 'the owner': '' }[name as string] ?? 'bypassrls';
    login = await Login.create(`${attributes} in role task_api`);
    if (name === 'the owner') {
      await database.query(`alter table users owner to ${login.name}`);
      await database.query(`alter table tasks owner to ${login.name}`);
    }
    return login.at(api);
  }

  it.each(['implicit', 'transaction'])(
    'a flush of a lane or the pool shows nothing (%s)',
    async (mode) => {
      // The scope is set, but under a name that no policy reads.
      proxy.tamper = ({ kind: message, bytes }) => {
        if (message !== 'Parse') return bytes;
        const elsewhere = replaceText(bytes, `'app.user_id'`, `'app.user_xy'`);
        return [
          ['enter_scope($1::uuid)', 'quote_ident($1::text)'] as const,
          ['enter_change($1::uuid, $2::int)', 'num_nonnulls($1::uuid, $2::int)'] as const,
        ].reduce((sent, [from, to]) => replaceText(sent, from, to), elsewhere);
      };
      const env = testEnv({ DATABASE_SCOPE: mode });
      const session = await DatabaseSession.negotiate(proxy.settings);
      const lanes = new Lanes(session, env);
      const pool = new ScopedPool(session, env, 'searches');
      lanes.register(FORGETFUL);
      await lanes.open();
      const ann = UserScope.of(ANN);

      for (const statement of [
        FORGETFUL.list,
        FORGETFUL.users,
        FORGETFUL.change,
        FORGETFUL.remove,
      ]) {
        expect(await lanes.run(ann, statement, [])).toEqual([]);
        expect(await pool.run(ann, statement.text, [], { numbers: 1 })).toEqual([]);
      }
      expect(await outcomeOf(lanes.run(ann, FORGETFUL.give, [ANN]))).toBe('42501');
      expect(await outcomeOf(pool.run(ann, FORGETFUL.give.text, [ANN], FORGETFUL.give))).toBe(
        '42501',
      );
      await lanes.close();
      await pool.close();
    },
  );

  it('TypeORM shows nothing, and writes nothing', async () => {
    const { config } = await DatabaseSession.negotiate(proxy.settings);
    const source = await new DataSource(dataSourceOptions(config, 2, ENTITIES)).initialize();
    const tasks = source.getRepository(Task);
    const users = source.getRepository(User);

    expect(await tasks.find()).toEqual([]);
    expect(await tasks.count()).toBe(0);
    expect(await tasks.createQueryBuilder().where('user_id = :id', { id: ANN }).getMany()).toEqual(
      [],
    );
    expect(await users.findBy({ id: ANN })).toEqual([]);
    expect(await source.query('select * from tasks, users')).toEqual([]);
    expect((await tasks.update({ userId: ANN }, { title: 'taken' })).affected).toBe(0);
    expect((await tasks.delete({ userId: ANN })).affected).toBe(0);
    await expect(
      users.insert({ id: randomUUID(), email: null, createdAt: new Date() }),
    ).rejects.toThrow('row-level security');
    await expect(source.query('truncate tasks')).rejects.toThrow('permission denied');
    await expect(source.query('alter table tasks disable row level security')).rejects.toThrow(
      'must be owner',
    );
    await source.destroy();
  });
});
