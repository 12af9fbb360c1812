import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { Identity } from '../../../src/auth/identity';
import { newTask } from '../../../src/tasks/task-id';
import { UserScope } from '../../../src/user-scope/user-scope';
import { UsersService } from '../../../src/users/users.service';
import { outcomeOf } from '../../support/app/outcome';
import { Persistence } from '../../support/database/persistence';
import { TestDatabase } from '../../support/database/test-database';
import { replaceText } from '../../support/wire/wire-messages';
import { WireProxy } from '../../support/wire/wire-proxy';

const WITHOUT_EMAIL = { email: null } as Identity;

describe('The account of a user, where their first requests come at once,', () => {
  let database: TestDatabase;
  let proxy: WireProxy;
  let persistence: Persistence;
  let users: UsersService;

  beforeAll(async () => {
    database = await TestDatabase.create();
    proxy = await WireProxy.start(database.endpoint.api);
    persistence = await Persistence.open(proxy.before(database.endpoint));
    users = new UsersService(persistence.users);
  });
  beforeEach(() => {
    proxy.clear();
  });
  afterEach(() => {
    proxy.tamper = ({ bytes }) => bytes;
  });
  afterAll(async () => {
    await persistence.close();
    await proxy.stop();
    await database.drop();
  });

  const newcomers = (count: number) =>
    Array.from({ length: count }, () => UserScope.of(newTask().id));
  const inserts = () =>
    proxy.sent.filter(({ kind, statement }) => kind === 'Bind' && statement === 'user_insert')
      .length;
  const batches = () => proxy.sent.filter(({ kind }) => kind === 'Sync').length;

  it('is made once', async () => {
    const scopes = newcomers(8);

    await Promise.all(
      [...scopes, ...scopes, ...scopes].map((scope) => users.provision(scope, WITHOUT_EMAIL)),
    );

    expect(inserts()).toBe(8);
    for (const scope of scopes) expect((await users.get(scope)).id).toBe(scope.userId);
  });

  it('shares a transaction with a few others, and with none where it has an address', async () => {
    const scopes = newcomers(16);

    await Promise.all(scopes.map((scope) => users.provision(scope, WITHOUT_EMAIL)));
    expect(batches()).toBe(2);

    proxy.clear();
    await Promise.all(
      newcomers(2).map((scope, n) =>
        users.provision(scope, { ...WITHOUT_EMAIL, email: `${n}@example.com` }),
      ),
    );
    expect(batches()).toBe(2);
  });

  it('waits outside of the lanes, where more than a few are made, and is made in turn', async () => {
    const provisions = newcomers(40).map((scope, n) =>
      users.provision(scope, { ...WITHOUT_EMAIL, email: `crowd-${n}@example.com` }),
    );

    // Nothing is answered in the turn of the event loop that sends it.
    await setImmediate();
    const { inFlight } = persistence.lanes.load;

    expect(inFlight).toBe(8);
    await Promise.all(provisions);
    expect(inserts()).toBe(40);
  });

  it('is made by the next request where it could not be made', async () => {
    const [scope] = newcomers(1);
    if (scope === undefined) return;
    proxy.tamper = ({ kind, statement, bytes }) =>
      kind === 'Bind' && statement === 'user_insert'
        ? replaceText(bytes, 'user_insert', 'user_insect')
        : bytes;
    const provision = () => outcomeOf(users.provision(scope, WITHOUT_EMAIL));
    const failed = await Promise.all([provision(), provision()]);
    expect(failed[0]).not.toBe('fulfilled');
    expect(failed[1]).toBe(failed[0]);

    proxy.tamper = ({ bytes }) => bytes;
    expect(await provision()).toBe('fulfilled');
  });

  it('is made anew after the account was deleted', async () => {
    const [scope] = newcomers(1);
    if (scope === undefined) return;
    await users.provision(scope, WITHOUT_EMAIL);
    await users.delete(scope);

    await users.provision(scope, WITHOUT_EMAIL);

    expect((await users.get(scope)).id).toBe(scope.userId);
  });
});
