import { describe, expect, it } from '@jest/globals';
import type { CompiledStatement } from '../../../src/database/compiled-statement';
import type { Lanes } from '../../../src/database/lanes/lanes';
import type { ScopedPool } from '../../../src/database/pool/scoped-pool';
import { PipelineBatch } from '../../../src/database/batch/pipeline-batch';
import type { NewTask } from '../../../src/tasks/task-id';
import type { TaskFields } from '../../../src/tasks/dto/write-task.dto';
import type { TasksRepository } from '../../../src/tasks/tasks.repository';
import type { TasksService } from '../../../src/tasks/tasks.service';
import { UserScope } from '../../../src/user-scope/user-scope';
import type { UsersRepository } from '../../../src/users/users.repository';
import type { UsersService } from '../../../src/users/users.service';
import { NEW_TASK } from '../../support/app/task-fields';

/**
 * Layer 1: what must not compile. `npm run typecheck` is the test; a line below that compiles
 * makes its @ts-expect-error an error.
 */
const ID = '01977a3e-7b5c-7c3d-8e4f-5a6b7c8d9e0f';

export function onlyTheGuardMakesAScope(): void {
  // @ts-expect-error the constructor is private
  new UserScope(ID);
  // @ts-expect-error a look-alike is no scope: it lacks the private field
  const lookAlike: UserScope = { userId: ID };
  // @ts-expect-error nor is a class that looks the same
  const otherClass: UserScope = new (class {
    readonly userId = ID;
  })();
  // @ts-expect-error nor a copy
  const copy: UserScope = { ...UserScope.of(ID) };
  // @ts-expect-error nor a text
  const text: UserScope = ID;
  // @ts-expect-error a scope is one user's for good
  UserScope.of(ID).userId = ID;
  expect([lookAlike, otherClass, copy, text]).toBeDefined();
}

export function everyRepositoryMethodWantsAScope(tasks: TasksRepository): void {
  const range = { belowId: undefined, aboveId: undefined, limit: 1 };
  const fields: TaskFields = { ...NEW_TASK, title: 't' };
  const birth: NewTask = { id: ID, createdAtMs: 0 };
  const search = { filters: {}, sort: 'title', after: undefined, limit: 1, count: false } as const;
  // @ts-expect-error a text is no scope
  void tasks.find(ID);
  // @ts-expect-error a text is no scope
  void tasks.find(ID, ID);
  // @ts-expect-error a look-alike is no scope
  void tasks.find({ userId: ID }, ID);
  // @ts-expect-error there may be no scope
  void tasks.find(undefined, ID);
  // @ts-expect-error without a scope
  void tasks.listNewest(range);
  // @ts-expect-error without a scope
  void tasks.search(search);
  // @ts-expect-error without a scope
  void tasks.create(birth, fields, { once: false });
  // @ts-expect-error a text is no scope
  void tasks.replace(ID, fields, undefined);
  // @ts-expect-error a text is no scope
  void tasks.patch(ID, fields, undefined);
  // @ts-expect-error a text is no scope
  void tasks.complete(ID, true, undefined);
  // @ts-expect-error a text is no scope
  void tasks.delete(ID, undefined);
}

export function everyUsersMethodWantsAScope(users: UsersRepository, service: UsersService): void {
  // @ts-expect-error without a scope
  void users.find();
  // @ts-expect-error a text is no scope
  void users.find(ID);
  // @ts-expect-error without a scope
  void users.insert('ann@example.com');
  // @ts-expect-error without a scope
  void users.setEmail('ann@example.com');
  // @ts-expect-error a text is no scope
  void users.delete(ID);
  // @ts-expect-error a text is no scope
  void service.get(ID);
  // @ts-expect-error without a scope
  void service.delete();
}

export function everyServiceMethodWantsAScope(tasks: TasksService): void {
  // @ts-expect-error a text is no scope
  void tasks.get(ID);
  // @ts-expect-error a text is no scope
  void tasks.get(ID, ID);
  // @ts-expect-error a text is no scope
  void tasks.delete(ID, undefined);
}

export function noStatementRunsWithoutAScope(lanes: Lanes, pool: ScopedPool): void {
  const statement: CompiledStatement = { name: 'any', text: 'select' };
  // @ts-expect-error without a scope
  void lanes.run(statement, []);
  // @ts-expect-error a text is no scope
  void lanes.run(ID, statement, []);
  // @ts-expect-error without a scope
  void pool.run('select', []);
  // @ts-expect-error a look-alike is no scope
  void pool.run({ userId: ID }, 'select', []);
  const options = { mode: 'implicit', prepared: true, settle: () => undefined } as const;
  // @ts-expect-error a text is no scope
  new PipelineBatch([{ scope: ID, statement, values: [] }], options);
}

export function noRepositoryLeaksWhatItIsMadeOf(tasks: TasksRepository, pool: ScopedPool): void {
  // @ts-expect-error nobody else reaches it
  expect(tasks.lanes).toBeUndefined();
  // @ts-expect-error nobody else reaches it
  expect(tasks.pool).toBeUndefined();
  // @ts-expect-error nobody else reaches it
  expect(tasks.query('select')).toBeUndefined();
  // @ts-expect-error nobody else reaches it
  expect(tasks.manager).toBeUndefined();
  // @ts-expect-error nobody else reaches it
  void pool.connect();
}

/** What each method of a class takes first. */
type FirstParameters<Of> = {
  [Method in keyof Of]: Of[Method] extends (...parameters: infer All) => unknown ? All[0] : never;
};
type EveryMethodScoped<Of> = Record<keyof Of, UserScope>;

export function alsoEveryMethodThatIsYetToCome(
  tasks: FirstParameters<TasksRepository>,
  users: FirstParameters<UsersRepository>,
  tasksService: FirstParameters<TasksService>,
  usersService: FirstParameters<UsersService>,
  forgetful: FirstParameters<{ find(scope: UserScope): void; findAny(id: string): void }>,
): void {
  const scoped: EveryMethodScoped<TasksRepository> = tasks;
  const scopedUsers: EveryMethodScoped<UsersRepository> = users;
  const scopedTasksService: EveryMethodScoped<TasksService> = tasksService;
  const scopedUsersService: EveryMethodScoped<UsersService> = usersService;
  // @ts-expect-error one of its methods takes no scope
  const unscoped: EveryMethodScoped<typeof forgetful> = forgetful;
  expect([scoped, scopedUsers, scopedTasksService, scopedUsersService, unscoped]).toBeDefined();
}

describe('A user scope', () => {
  it('cannot be forged at run time either', () => {
    const forged = Object.create(UserScope.prototype) as UserScope;

    expect(() => forged.userId).toThrow(TypeError);
    expect(JSON.stringify(UserScope.of(ID))).toBe('{}');
  });
});
