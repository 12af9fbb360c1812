import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../../src/auth/identity';
import type { ListTasksQuery } from '../../../src/tasks/dto/list-tasks.query';
import { decodeCursor, type TaskPage } from '../../../src/tasks/pages/task-page';
import { type TaskCounts, TaskQuota } from '../../../src/tasks/task-quota';
import type { TaskRow } from '../../../src/tasks/task-fields';
import { OwnerMissingError, type TasksRepository } from '../../../src/tasks/tasks.repository';
import { preconditionOf } from '../../../src/tasks/task-etag';
import { TasksService } from '../../../src/tasks/tasks.service';
import type { TimeZones } from '../../../src/tasks/search/time-zones';
import { UserScope } from '../../../src/user-scope/user-scope';
import type { UsersService } from '../../../src/users/users.service';
import { testEnv } from '../../support/app/test-env';
import { refusalOf } from '../../support/app/refusal';
import { OWN_SCOPE_NAMES } from '../../support/app/issuers';
import { NEW_TASK } from '../../support/app/task-fields';

const USER = '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5';
const ID = '01a20297-4e3d-7c3e-9f60-3a5d1f0b2c4d';
const SCOPE = UserScope.of(USER);
const IDENTITY: Identity = {
  userId: USER,
  subject: USER,
  email: null,
  scopes: 'unrestricted',
  scopeNames: OWN_SCOPE_NAMES,
  expiresAt: 0,
};
const FIELDS = { ...NEW_TASK, title: 'x' };
const NEW = { newTask: { id: ID, createdAtMs: 0 }, once: false };
const NAMED = { ...NEW, once: true };
const STORED: TaskRow = { json: '{}', version: '3', written: true };
const KEPT: TaskRow = { json: null, version: '3', written: false };

/** A service whose repository answers with these, one after the other. */
function serviceOn(
  tasks: Partial<Record<keyof TasksRepository, (...given: never[]) => Promise<unknown>>>,
  provision: () => Promise<void> = () => Promise.reject(new Error('nobody is new here')),
): TasksService {
  return new TasksService(
    tasks as unknown as TasksRepository,
    { provision } as unknown as UsersService,
    new TaskQuota(tasks as unknown as TaskCounts, testEnv({ MAX_TASKS_PER_USER: '0' })),
    { require: () => Promise.resolve() } as unknown as TimeZones,
  );
}

function inTurn<Result>(...results: readonly (Result | Error)[]): () => Promise<Result> {
  let turn = 0;
  return async () => {
    const result = results[turn++];
    if (result instanceof Error) throw result;
    return await Promise.resolve(result as Result);
  };
}

describe('a create', () => {
  it('is one call where the owner is known', async () => {
    const service = serviceOn({ create: inTurn(STORED) });

    expect(await service.create(SCOPE, IDENTITY, FIELDS, NEW)).toEqual({
      json: '{}',
      version: '3',
      id: ID,
      status: 201,
      replayed: false,
    });
  });

  it('makes the owner, then tries again', async () => {
    let provisioned = 0;
    const service = serviceOn({ create: inTurn(new OwnerMissingError(), STORED) }, () => {
      provisioned += 1;
      return Promise.resolve();
    });

    await service.create(SCOPE, IDENTITY, FIELDS, NEW);
    expect(provisioned).toBe(1);
  });

  it('tells the replay where the task is there already', async () => {
    const service = serviceOn({ create: inTurn({ ...STORED, written: false }) });

    expect(await service.create(SCOPE, IDENTITY, FIELDS, NAMED)).toMatchObject({
      status: 200,
      replayed: true,
      version: '3',
    });
  });

  it('gives up in the end, and says when to come back', async () => {
    const service = serviceOn({ create: () => Promise.reject(new OwnerMissingError()) }, () =>
      Promise.resolve(),
    );
    const refusal = await refusalOf(() => service.create(SCOPE, IDENTITY, FIELDS, NEW));

    expect([refusal.code, refusal.headers]).toEqual(['busy', { 'Retry-After': '1' }]);
  });

  it('passes on whatever else goes wrong', async () => {
    const failure = new Error('no database');
    const service = serviceOn({ create: () => Promise.reject(failure) });

    await expect(service.create(SCOPE, IDENTITY, FIELDS, NEW)).rejects.toBe(failure);
  });
});

describe('one task', () => {
  const FIRST_VERSION = preconditionOf({ 'if-match': '"1"' });
  const writes = (row: TaskRow | undefined): Record<string, () => Promise<unknown>> => {
    const answer = () => Promise.resolve(row);
    const service = serviceOn({ replace: answer, patch: answer, complete: answer, delete: answer });
    return {
      replace: () => service.replace(SCOPE, ID, FIELDS, FIRST_VERSION),
      patch: () => service.patch(SCOPE, ID, { title: 'x' }, FIRST_VERSION),
      complete: () => service.complete(SCOPE, ID, true, FIRST_VERSION),
      delete: () => service.delete(SCOPE, ID, FIRST_VERSION),
    };
  };

  it.each(['replace', 'patch', 'complete', 'delete'])(
    'that is not there: %s is 404',
    async (name) => {
      const refusal = await refusalOf(() => writes(undefined)[name]?.());

      expect(refusal.code).toBe('task-not-found');
    },
  );

  it.each(['replace', 'patch', 'complete', 'delete'])(
    'of another version: %s is 412 with the current tag',
    async (name) => {
      const refusal = await refusalOf(() => writes(KEPT)[name]?.());

      expect([refusal.code, refusal.headers]).toEqual(['precondition-failed', { ETag: '"3"' }]);
    },
  );

  it.each(['replace', 'patch', 'complete'])(
    'that was written: %s answers with it',
    async (name) => {
      expect(await writes(STORED)[name]?.()).toEqual({ json: '{}', version: '3' });
    },
  );

  it('that is not there cannot be read', async () => {
    const service = serviceOn({ find: () => Promise.resolve(undefined) });

    expect((await refusalOf(() => service.get(SCOPE, ID))).code).toBe('task-not-found');
  });
});

describe('a list', () => {
  const QUERY: ListTasksQuery = { limit: 2, sort: '-created_at' };
  const LAST: TaskPage = { items: ['{"a":1}', '{"b":2}'], last: undefined, total: undefined };

  /** Which statement a query takes: O(page) on a lane, or O(tasks of the user) on the pool. */
  const statementOf = async (query: Partial<ListTasksQuery>, count = false): Promise<string> => {
    let taken = '';
    const take = (name: string) => () => {
      taken = name;
      return Promise.resolve(LAST);
    };
    const service = serviceOn({ listNewest: take('listNewest'), search: take('search') });
    await service.list(SCOPE, { ...QUERY, ...query }, { count });
    return taken;
  };

  it('has no cursor where no more follow', async () => {
    const service = serviceOn({ listNewest: () => Promise.resolve(LAST) });

    expect(await service.list(SCOPE, QUERY, { count: false })).toEqual({
      items: ['{"a":1}', '{"b":2}'],
      nextCursor: null,
      total: undefined,
    });
  });

  it('has a cursor of its own last task where more follow', async () => {
    const last = { key: ID, id: ID };
    const service = serviceOn({ listNewest: () => Promise.resolve({ ...LAST, last }) });
    const { nextCursor } = await service.list(SCOPE, QUERY, { count: false });

    expect(decodeCursor({ ...QUERY, userId: USER }, nextCursor ?? '')).toEqual(last);
  });

  it.each<Partial<ListTasksQuery>>([
    {},
    { limit: 200 },
    { created_after: '2026-01-01T00:00:00Z' },
    { created_before: '2026-01-01T00:00:00Z' },
    { completed: false },
  ])('%j costs as much as its page', async (query) => {
    expect(await statementOf(query)).toBe('listNewest');
  });

  it.each<Partial<ListTasksQuery>>([
    { completed: true },
    { completed: false, q: 'x' },
    { q: 'x' },
    { priority: 1 },
    { no_due: true },
    { tag: ['a'] },
    { updated_after: '2026-01-01T00:00:00Z' },
    { updated_before: '2026-01-01T00:00:00Z' },
    { sort: 'created_at' },
    { sort: 'title' },
  ])('%j looks at every task of the user', async (query) => {
    expect(await statementOf(query)).toBe('search');
  });

  it('looks at every task where it counts them', async () => {
    expect(await statementOf({}, true)).toBe('search');
  });
});

/** A UUIDv7 of now. */
