import { Injectable } from '@nestjs/common';
import type { Identity } from '../auth/identity';
import type { KeyedWrite } from '../database/keyed-write';
import { ProblemError, retryLater } from '../problems/problem-error';
import type { ProblemCode } from '../problems/problem-types';
import type { UserScope } from '../user-scope/user-scope';
import { UsersService } from '../users/users.service';
import { misfits, requireOpen, withCleared } from './dto/dependent-fields';
import type { ListTasksQuery } from './dto/list-tasks.query';
import type { TaskFields } from './dto/write-task.dto';
import type { HangUp } from './pages/page-reader';
import { decodeCursor, encodeCursor, type PagePosition, type TaskPage } from './pages/task-page';
import { etagOf, type Precondition } from './task-etag';
import type { NewTask } from './task-id';
import { isLimitReached, TaskQuota } from './task-quota';
import type { TaskRow } from './task-fields';
import { type FollowTerms, isKept } from './writes/conditional-writes';
import { type CreateTerms, OwnerMissingError, TasksRepository } from './tasks.repository';
import { filtersOf } from './search/search-filters';
import type { TasksSummary } from './tasks.summary';
import { TimeZones } from './search/time-zones';

/** A task to answer with. */
export interface StoredTask {
  readonly json: string;
  readonly version: string;
  /** The id of the task that follows it, because it recurs. */
  readonly successor?: string | undefined;
}

export interface CreatedTask extends StoredTask {
  readonly id: string;
  readonly status: number;
  /** Whether an earlier request with the same Idempotency-Key made it. */
  readonly replayed: boolean;
}

/** When a write of a task is made: under a key, once. */
export type WriteCondition = Precondition & { readonly keyed?: KeyedWrite | undefined };

export interface ListOptions {
  readonly count: boolean;
  readonly hangUp?: HangUp;
}

export interface ListedTasks extends Pick<TaskPage, 'items' | 'total'> {
  readonly nextCursor: string | null;
}

/** A create may meet the deletion of its owner, or a concurrent twin. */
const CREATE_ATTEMPTS = 4;

const ZONE_IN_QUERY = { parameter: 'time_zone' } as const;
const ZONE_IN_BODY = { pointer: '/time_zone' } as const;

@Injectable()
export class TasksService {
  constructor(
    private readonly tasks: TasksRepository,
    private readonly users: UsersService,
    private readonly quota: TaskQuota,
    private readonly zones: TimeZones,
  ) {}

  async list(scope: UserScope, query: ListTasksQuery, options: ListOptions): Promise<ListedTasks> {
    if (query.time_zone !== undefined) {
      await this.zones.require(scope, query.time_zone, ZONE_IN_QUERY);
    }
    const binding = { ...query, userId: scope.userId };
    const after = query.cursor === undefined ? undefined : decodeCursor(binding, query.cursor);
    const { items, last, total } = await this.#page(scope, query, after, options);
    const nextCursor = last === undefined ? null : encodeCursor(binding, last);
    return { items, nextCursor, total };
  }

  /** The summary of open tasks, by the clock of a zone. */
  async summarize(scope: UserScope, timeZone: string, hangUp?: HangUp): Promise<TasksSummary> {
    await this.zones.require(scope, timeZone, ZONE_IN_QUERY);
    return this.tasks.summarize(scope, timeZone, hangUp);
  }

  async get(scope: UserScope, id: string): Promise<StoredTask> {
    return stored(await this.tasks.find(scope, id));
  }

  /**
   * Creates a task; the first write of a user makes the user's row too.
   * @throws ProblemError `task-limit-reached`, `task-purged`; KeyUsedError
   */
  async create(
    scope: UserScope,
    identity: Identity,
    fields: TaskFields,
    { newTask, ...terms }: CreateTerms & { readonly newTask: NewTask },
  ): Promise<CreatedTask> {
    requireOpen(fields);
    await this.zones.require(scope, fields.time_zone, ZONE_IN_BODY);
    try {
      const row = await this.quota.within(scope, () =>
        this.#store(scope, identity, newTask, { fields, ...terms }),
      );
      return createdTask(newTask, row);
    } catch (error) {
      const mayBeRepeat = terms.once && isLimitReached(error);
      const before = mayBeRepeat ? await this.tasks.findMade(scope, newTask.id) : undefined;
      if (before === undefined) throw error;
      // A repeat of the request that created the last allowed task.
      return createdTask(newTask, { ...before, written: false });
    }
  }

  async replace(
    scope: UserScope,
    id: string,
    fields: TaskFields,
    condition: WriteCondition,
  ): Promise<StoredTask> {
    await this.zones.require(scope, fields.time_zone, ZONE_IN_BODY);
    return written(
      await this.tasks.replace(scope, id, fields, ...this.#terms(scope, id, condition)),
      condition,
    );
  }

  async patch(
    scope: UserScope,
    id: string,
    changes: Partial<TaskFields>,
    condition: WriteCondition,
  ): Promise<StoredTask> {
    await this.zones.require(scope, changes.time_zone, ZONE_IN_BODY);
    const row = await this.tasks.patch(
      scope,
      id,
      withCleared(changes),
      ...this.#terms(scope, id, condition),
    );
    if (row?.written !== true) await this.#requireFit(scope, id, row, { changes, ...condition });
    return written(row, condition);
  }

  async complete(
    scope: UserScope,
    id: string,
    completed: boolean | undefined,
    condition: WriteCondition,
  ): Promise<StoredTask> {
    return written(
      await this.tasks.complete(scope, id, completed, ...this.#terms(scope, id, condition)),
      condition,
    );
  }

  async delete(scope: UserScope, id: string, condition: WriteCondition): Promise<void> {
    requireWritten(
      await this.tasks.delete(scope, id, condition.versions, condition.keyed),
      condition,
    );
  }

  /** Of a write that may make a successor. A missing task gets 404, whatever the quota says. */
  #terms(scope: UserScope, id: string, { versions, keyed }: WriteCondition) {
    const within: FollowTerms['within'] = (write) =>
      this.quota.withinGrace(scope, write).catch(async (error: unknown) => {
        if (isLimitReached(error)) await this.get(scope, id);
        throw error;
      });
    return [versions, { keyed, within }] as const;
  }

  /** @throws ProblemError `validation` if the patch does not fit the stored task */
  async #requireFit(
    scope: UserScope,
    id: string,
    row: TaskRow | undefined,
    { changes, versions }: Precondition & { readonly changes: Partial<TaskFields> },
  ): Promise<void> {
    if (!isKept(row, versions)) return;
    const task = await this.tasks.find(scope, id);
    if (task?.json == null) return;
    const faults = misfits(JSON.parse(task.json) as TaskFields, changes);
    // It has changed meanwhile.
    if (faults.length === 0) throw retryLater('busy');
    throw new ProblemError('validation', { faults });
  }

  async #store(
    scope: UserScope,
    identity: Identity,
    newTask: NewTask,
    { fields, ...terms }: CreateTerms & { readonly fields: TaskFields },
  ): Promise<TaskRow> {
    for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt += 1) {
      try {
        return await this.tasks.create(scope, newTask, fields, terms);
      } catch (error) {
        if (!(error instanceof OwnerMissingError)) throw error;
        await this.users.provision(scope, identity);
      }
    }
    throw retryLater('busy');
  }

  /** Only the default order, of all or of the open tasks, and ranges of its own key, touch O(page) rows. */
  #page(
    scope: UserScope,
    query: ListTasksQuery,
    after: PagePosition | undefined,
    { count, hangUp }: ListOptions,
  ): Promise<TaskPage> {
    const { limit, sort } = query;
    const { completed, aboveId, belowId, ...others } = filtersOf(query);
    const searches = completed === true || Object.values(others).some((f) => f !== undefined);
    if (sort === '-created_at' && !searches && !count) {
      const bounds = [belowId, after?.id].filter((id) => id !== undefined).sort();
      const open = completed === false;
      return this.tasks.listNewest(scope, { belowId: bounds[0], aboveId, open, limit }, hangUp);
    }
    const filters = { completed, aboveId, belowId, ...others };
    return this.tasks.search(scope, { filters, sort, after, limit, count }, hangUp);
  }
}

function createdTask({ id }: NewTask, row: TaskRow): CreatedTask {
  const task = stored(row, 'task-purged');
  return { ...task, id, status: row.written ? 201 : 200, replayed: !row.written };
}

function stored(row: TaskRow | undefined, otherwise: ProblemCode = 'task-not-found'): StoredTask {
  if (row?.json == null) throw new ProblemError(otherwise);
  return { json: row.json, version: row.version, successor: row.successor };
}

/** @throws ProblemError `task-not-found`, `precondition-failed` */
export function written(row: TaskRow | undefined, precondition: Precondition): StoredTask {
  requireWritten(row, precondition);
  return stored(row);
}

function requireWritten(row: TaskRow | undefined, precondition: Precondition): void {
  if (row === undefined) throw new ProblemError('task-not-found');
  if (row.written) return;
  throw new ProblemError('precondition-failed', {
    detail: precondition.explain(row.version),
    headers: { ETag: etagOf(row.version) },
  });
}
