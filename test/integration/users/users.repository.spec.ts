import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newTask } from '../../../src/tasks/task-id';
import { OwnerMissingError } from '../../../src/tasks/tasks.repository';
import { UserScope } from '../../../src/user-scope/user-scope';
import { EmailTakenError } from '../../../src/users/users.repository';
import { describeOnEveryMode, ReachedDatabase } from '../../support/database/connection-modes';
import { Persistence } from '../../support/database/persistence';
import { NEW_TASK } from '../../support/app/task-fields';

const nobody = () => UserScope.of(newTask().id);

describeOnEveryMode('UsersRepository', (mode) => {
  let reached: ReachedDatabase;
  let persistence: Persistence;

  beforeAll(async () => {
    reached = await ReachedDatabase.reach(mode);
    persistence = await Persistence.open(reached.endpoint, mode.variables);
  });
  afterAll(async () => {
    await persistence.close();
    await reached.close();
  });

  it('makes an account once, however many ask for it at once', async () => {
    const scope = nobody();

    const made = await Promise.all(
      Array.from({ length: 8 }, () => persistence.users.insert(scope, 'once@example.com')),
    );

    const [first, ...more] = made.filter((user) => user !== undefined);
    expect(first).toEqual({
      id: scope.userId,
      email: 'once@example.com',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(more).toEqual([]);
    expect(await persistence.users.find(scope)).toEqual(first);
  });

  it('finds nobody who has no account', async () => {
    expect(await persistence.users.find(nobody())).toBeUndefined();
    expect(await persistence.users.setEmail(nobody(), 'x@example.com')).toBeUndefined();
    expect(await persistence.users.delete(nobody())).toBe(false);
  });

  it('changes the address, and keeps it in lower case', async () => {
    const scope = await persistence.newUser();

    const changed = await persistence.users.setEmail(scope, 'Änne@Example.com');

    expect(changed).toMatchObject({ id: scope.userId, email: 'änne@example.com' });
  });

  it('refuses an address that another account holds', async () => {
    const { users } = persistence;
    const holder = await persistence.newUser('held@example.com');
    const other = await persistence.newUser();

    await expect(users.setEmail(other, 'HELD@example.com')).rejects.toThrow(EmailTakenError);
    await expect(users.insert(nobody(), 'held@example.com')).rejects.toThrow(EmailTakenError);
    expect(await users.setEmail(holder, 'held@example.com')).toBeDefined();
    expect(await users.find(other)).toMatchObject({ email: null });
  });

  it('erases the account with all its tasks, and nobody else', async () => {
    const { tasks, users } = persistence;
    const scope = await persistence.newUser('erased@example.com');
    const other = await persistence.newUser();
    const fields = { ...NEW_TASK, title: 'a' };
    const create = (owner: UserScope) => tasks.create(owner, newTask(), fields, { once: false });
    for (const owner of [scope, scope, other]) await create(owner);

    expect(await users.delete(scope)).toBe(true);

    expect(await users.find(scope)).toBeUndefined();
    const left = await reached.database.query<{ user_id: string }>('select user_id from tasks');
    expect(left).toEqual([{ user_id: other.userId }]);
    await expect(create(scope)).rejects.toThrow(OwnerMissingError);
    expect(await users.insert(scope, 'erased@example.com')).toBeDefined();
  });
});
