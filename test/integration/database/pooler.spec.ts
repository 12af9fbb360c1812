import { type EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DATABASE_WAITS } from '../../../src/database/limits';
import { newTask } from '../../../src/tasks/task-id';
import { UserScope } from '../../../src/user-scope/user-scope';
import { LoneLane } from '../../support/database/lone-lane';
import { Login } from '../../support/database/login';
import { outcomeOf } from '../../support/app/outcome';
import { Persistence } from '../../support/database/persistence';
import { PgBouncer } from '../../support/database/pg-bouncer';
import { describeWith } from '../../support/requirements';
import { TestDatabase } from '../../support/database/test-database';
import { WireProxy } from '../../support/wire/wire-proxy';
import { NEW_TASK } from '../../support/app/task-fields';

/** pg's connection at run time; it writes single messages. */
interface Wire extends EventEmitter {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly string[] }): void;
  execute(): void;
  sync(): void;
}

/** A database, its pooler, and what is sent to that. */
interface Pooled {
  readonly database: TestDatabase;
  readonly bouncer: PgBouncer;
  readonly proxy: WireProxy;
  readonly persistence: Persistence;
  readonly close: () => Promise<void>;
}

async function openPooled(serverConnections: number, keptStatements?: number): Promise<Pooled> {
  const database = await TestDatabase.create();
  const login = await Login.create('in role task_api');
  await login.configure();
  const bouncer = await PgBouncer.start(login.at(database.endpoint.api), {
    serverConnections,
    ...(keptStatements !== undefined && { keptStatements }),
  });
  const proxy = await WireProxy.start(bouncer.settings);
  const persistence = await Persistence.open(proxy.before(database.endpoint));
  return {
    database,
    bouncer,
    proxy,
    persistence,
    close: async () => {
      await persistence.close();
      await proxy.stop();
      await bouncer.stop();
      await database.drop();
      await login.drop();
    },
  };
}

describeWith('pgBouncer', 'Behind a pooler', () => {
  let database: TestDatabase;
  let bouncer: PgBouncer;
  let proxy: WireProxy;
  let persistence: Persistence;
  let close: Pooled['close'];

  beforeAll(async () => {
    // All clients share one server: what one leaves there, the next one finds.
    ({ database, bouncer, proxy, persistence, close } = await openPooled(1));
  });
  afterAll(() => close());

  const someoneWithATask = async (): Promise<UserScope> => {
    const scope = await persistence.newUser();
    const fields = { ...NEW_TASK, title: `of ${scope.userId}` };
    await persistence.tasks.create(scope, newTask(), fields, { once: false });
    return scope;
  };
  const titles = (scope: UserScope) =>
    persistence.tasks.listNewest(scope, { belowId: undefined, aboveId: undefined, limit: 10 });

  it('sends what many ask at once as one flush, with the text of each statement once', async () => {
    const scopes = await Promise.all(Array.from({ length: 20 }, someoneWithATask));
    const session = proxy.sent;
    proxy.clear();

    const pages = await Promise.all(scopes.map(titles));

    pages.forEach(({ items }, n) => expect(items.join()).toContain(scopes[n]?.userId));
    const count = (wanted: string) => session.filter(({ kind }) => kind === wanted).length;
    expect(count('Sync')).toBe(1);
    expect(session.flatMap(({ kind, statement }) => (kind === 'Parse' ? [statement] : []))).toEqual(
      ['lane_settings', 'enter_scope', 'task_list_newest'],
    );
    // The settings, then a scope and a statement of each.
    expect(count('Execute')).toBe(1 + 2 * 20);
  });

  it('sends nothing before the Sync of a statement that failed is answered', async () => {
    const scope = await someoneWithATask();
    const failing = () => outcomeOf(persistence.tasks.find(scope, 'not a UUID'));
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        for (let turn = 0; turn < 5; turn += 1) {
          if (n % 4 === 0) expect(await failing()).toBe('22P02');
          else expect((await titles(scope)).items.join()).toContain(scope.userId);
        }
        return 'right';
      }),
    );

    expect(new Set(outcomes)).toEqual(new Set(['right']));
    expect(persistence.lanes.load.reconnections).toBe(0);
  });

  it('leaves neither a scope nor settings on the server', async () => {
    await Promise.all([titles(await someoneWithATask()), titles(await someoneWithATask())]);
    const next = new Client(bouncer.settings);
    await next.connect();

    const { rows } = await next.query(
      `select current_setting('app.user_id', true) as scope,
         current_setting('statement_timeout') as timeout, current_setting('lock_timeout') as lock,
         current_setting('plan_cache_mode') as plans, current_setting('enable_seqscan') as scans,
         (select count(*)::int from tasks) as tasks`,
    );

    expect(rows).toEqual([
      { scope: '', timeout: '5s', lock: '1s', plans: 'auto', scans: 'on', tasks: 0 },
    ]);
    await next.end();
  });

  it('has the limits of a lane, and its way of planning, in each batch', async () => {
    const lane = await LoneLane.open(
      {
        session: persistence.session.config,
        mode: 'implicit',
        hasOwnSession: false,
        batches: 1,
        texts: 'sent',
        waits: DATABASE_WAITS,
        wakeMs: 0,
      },
      [],
    );
    const settings = {
      name: 'settings',
      text: `select current_setting('statement_timeout'), current_setting('lock_timeout'),
               current_setting('enable_seqscan'), current_setting('enable_sort')
             where $1::uuid is not null`,
    };
    const plans = {
      name: 'plans',
      text: `select generic_plans, custom_plans from pg_prepared_statements
             where name = 'settings' and $1::uuid is not null`,
    };
    const someone = UserScope.of(newTask().id);

    const [first, , last] = await Promise.all([
      lane.run(someone, settings),
      lane.run(someone, settings),
      lane.run(UserScope.of(newTask().id), plans),
    ]);

    expect(first).toEqual([['800ms', '300ms', 'off', 'off']]);
    expect(last).toEqual([['2', '0']]);
    await lane.close();
  });

  it('ends the explicit transaction of a statement that failed, before the next one', async () => {
    const explicit = await Persistence.open(
      { ...database.endpoint, api: bouncer.settings },
      { DATABASE_SCOPE: 'transaction' },
    );
    const scope = await someoneWithATask();

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0
          ? outcomeOf(explicit.tasks.find(scope, 'not a UUID'))
          : outcomeOf(explicit.tasks.find(scope, newTask().id)),
      ),
    );

    expect(outcomes).toEqual(outcomes.map((_, n) => (n % 2 === 0 ? '22P02' : 'fulfilled')));
    expect(await outcomeOf(titles(scope))).toBe('fulfilled');
    await explicit.close();
  });

  it('answers nobody with rows that another client left in a server', async () => {
    const [ann, bob] = await Promise.all([someoneWithATask(), someoneWithATask()]);
    const annsFlush = new Client(bouncer.settings);
    // pg does not know of what is sent past it.
    annsFlush.on('error', () => undefined);
    await annsFlush.connect();
    const { connection: wire } = annsFlush as unknown as { readonly connection: Wire };
    const ask = () => {
      for (const text of [
        `select pg_catalog.set_config('app.user_id', $1, true)`,
        'select title, 1, true from tasks where user_id = $1',
      ]) {
        wire.parse({ name: '', text });
        wire.bind({ statement: '', values: [ann.userId] });
        wire.execute();
      }
    };

    // Two flushes at once, and the Sync of the second is still on its way: PgBouncer 1.18 takes the
    // first answer for the end, and gives the server to the next client with Ann's rows in it.
    wire.stream.cork();
    ask();
    wire.sync();
    ask();
    wire.stream.uncork();
    await once(wire, 'readyForQuery');
    const answers = [1, 2, 3].map(async () => {
      const answer = titles(bob);
      return (await outcomeOf(answer)) === 'fulfilled' ? (await answer).items.join() : '';
    });

    for (const items of await Promise.all(answers)) expect(items).not.toContain(ann.userId);
    await annsFlush.end();
  });
});

describeWith('pgBouncerWithNames', 'Behind a pooler that keeps prepared statements', () => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let persistence: Persistence;
  let close: Pooled['close'];

  beforeAll(async () => {
    ({ database, proxy, persistence, close } = await openPooled(2, 200));
  });
  afterAll(() => close());

  it('sends no text again', async () => {
    const scope = await persistence.newUser();
    expect(persistence.session).toMatchObject({ isDirect: false, keepsNames: true });
    proxy.clear();

    for (let n = 0; n < 20; n += 1) await persistence.tasks.find(scope, newTask().id);

    expect(proxy.sent.filter(({ kind }) => kind === 'Parse')).toEqual([]);
    expect(proxy.sent.flatMap(({ statement }) => statement ?? []).slice(0, 3)).toEqual([
      'lane_settings',
      'enter_scope',
      'task_get',
    ]);
  });

  it('serves on where a migration outdates a plan that the servers keep', async () => {
    const scope = await persistence.newUser();
    await persistence.users.find(scope);
    await database.query('alter table users alter email type varchar(320)');

    const found = await Promise.all(
      Array.from({ length: 20 }, () => persistence.users.find(scope)),
    );

    expect(new Set(found.map((user) => user?.id))).toEqual(new Set([scope.userId]));
    await database.query('alter table users alter email type text');
    expect((await persistence.users.find(scope))?.id).toBe(scope.userId);
  });
});
