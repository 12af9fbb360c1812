import { type EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { newTask } from '../../../src/tasks/task-id';
import type { UserScope } from '../../../src/user-scope/user-scope';
import { Login } from '../../support/database/login';
import { outcomeOf } from '../../support/app/outcome';
import { Persistence } from '../../support/database/persistence';
import { PgBouncer } from '../../support/database/pg-bouncer';
import { describeWith } from '../../support/requirements';
import { TestDatabase } from '../../support/database/test-database';
import { WireProxy } from '../../support/wire/wire-proxy';

/** pg's connection at run time; it writes single messages. */
interface Wire extends EventEmitter {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly string[] }): void;
  execute(): void;
  sync(): void;
}

describeWith('pgBouncer', 'Behind a pooler', () => {
  let database: TestDatabase;
  let login: Login;
  let bouncer: PgBouncer;
  let proxy: WireProxy;
  let persistence: Persistence;

  beforeAll(async () => {
    database = await TestDatabase.create();
    login = await Login.create('in role task_api');
    await login.configure();
    // All clients share one server: what one leaves there, the next one finds.
    bouncer = await PgBouncer.start(login.at(database.endpoint.api), 1);
    proxy = await WireProxy.start(bouncer.settings);
    persistence = await Persistence.open(proxy.before(database.endpoint));
  });
  afterAll(async () => {
    await persistence.close();
    await proxy.stop();
    await bouncer.stop();
    await database.drop();
    await login.drop();
  });

  const someoneWithATask = async (): Promise<UserScope> => {
    const scope = await persistence.newUser();
    const fields = { title: `of ${scope.userId}`, description: null, completed: false };
    await persistence.tasks.create(scope, newTask(), fields, { once: false });
    return scope;
  };
  const titles = (scope: UserScope) =>
    persistence.tasks.listNewest(scope, { belowId: undefined, aboveId: undefined, limit: 10 });

  it('asks for no statement by name, without being told that there is a pooler', async () => {
    const scope = await someoneWithATask();
    proxy.clear();

    await Promise.all(Array.from({ length: 20 }, () => titles(scope)));

    const named = proxy.sent.filter(({ statement = '' }) => statement !== '');
    expect(named).toHaveLength(0);
    expect(proxy.sent.filter(({ kind }) => kind === 'Sync')).toHaveLength(20);
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
      return (await outcomeOf(answer)) === 'fulfilled' ? (await answer).items : '';
    });

    for (const items of await Promise.all(answers)) expect(items).not.toContain(ann.userId);
    await annsFlush.end();
  });
});
