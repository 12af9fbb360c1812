import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import type { StatementValue } from '../database/compiled-statement';
import type { KeyedWrite } from '../database/keyed-write';
import { ScopedPool } from '../database/pool/scoped-pool';
import type { UserScope } from '../user-scope/user-scope';
import { type HangUp, PageReader, SEARCH_TIMEOUT_MS } from './pages/page-reader';
import {
  ConditionalWrites,
  type FollowTerms,
  isKept,
  listOf,
  type Versions,
} from './writes/conditional-writes';
import { isSweptAfter } from './deletion/expiry.statements';
import { PLAIN_FIELDS } from './writes/written-columns';
import type { TaskFields } from './dto/write-task.dto';
import {
  BEHIND_TASK,
  FIELD_NAMES,
  fieldValue,
  ID,
  storedTask,
  type TaskField,
  type TaskRow,
} from './task-fields';
import { pageOf, type TaskPage } from './pages/task-page';
import type { NewTask } from './task-id';
import { Task } from './task.entity';
import { type ParentFault, parentInvalid } from './tree/parent-fault';
import { ParentedWrites } from './tree/parented-writes';
import { summaryOf, TASKS_SUMMARY, type TasksSummary } from './tasks.summary';
import { keyOf, type Search, searchStatement } from './search/tasks.search';
import { HIGHEST_ID, LOWEST_ID, tasksStatements, type TasksStatements } from './tasks.statements';

const PLAIN: ReadonlySet<TaskField> = new Set(PLAIN_FIELDS);

/** Of a page, newest first. */
export interface NewestRange {
  readonly belowId: string | undefined;
  readonly aboveId: string | undefined;
  /** Only open tasks. */
  readonly open?: boolean;
  readonly limit: number;
}

export interface CreateTerms {
  /** Whether the client has chosen the id, and may repeat the create. */
  readonly once: boolean;
  /** Of a key that is no id. */
  readonly keyed?: KeyedWrite | undefined;
}

/** Thrown by `create` where the owner has no row yet. */
export class OwnerMissingError extends Error {}

/** Tasks of one user at a time: no method works without a scope, no statement without an owner. */
@Injectable()
export class TasksRepository {
  readonly #statements: TasksStatements;
  readonly #trashDays: string;
  readonly #writes: ConditionalWrites;

  constructor(
    @InjectRepository(Task) tasks: Repository<Task>,
    private readonly pages: PageReader,
    private readonly pool: ScopedPool,
    @Inject(ENV) { trashDays }: Env,
  ) {
    this.#trashDays = String(trashDays);
    this.#writes = new ConditionalWrites(pages, new ParentedWrites(pages, pool));
    this.#statements = pages.register(tasksStatements(tasks));
  }

  async find(scope: UserScope, id: string): Promise<TaskRow | undefined> {
    const row = await this.pages.one(scope, this.#statements.get, [id]);
    return row && storedTask(row);
  }

  /** The task that was made under an id, also one in the trash; without JSON where its content has gone. */
  async findMade(scope: UserScope, id: string): Promise<TaskRow | undefined> {
    const row = await this.pages.one(scope, this.#statements.made, [id, this.#trashDays]);
    return row && storedTask(row);
  }

  /** Newest first; both bounds are exclusive. */
  async listNewest(scope: UserScope, range: NewestRange, hangUp?: HangUp): Promise<TaskPage> {
    const { belowId = HIGHEST_ID, aboveId = LOWEST_ID, open = false, limit } = range;
    const values = [belowId, aboveId, String(limit + 1)];
    const { listNewest, listOpen } = this.#statements;
    const statement = open ? listOpen : listNewest;
    const rows = await this.pages.readByKey(scope, statement, values, { limit, hangUp });
    return { ...pageOf(rows, limit, 'id'), total: undefined };
  }

  async search(scope: UserScope, search: Search, hangUp?: HangUp): Promise<TaskPage> {
    const { limit, sort, count } = search;
    const rows = await this.pages.search(scope, searchStatement(search), { limit, hangUp });
    const total = count ? rows[0]?.[BEHIND_TASK] : undefined;
    const tasks = rows.filter((row) => row[ID] !== null);
    return { ...pageOf(tasks, limit, keyOf(sort)), total: total ?? undefined };
  }

  /** Of the open tasks, by the clock of a zone. */
  async summarize(scope: UserScope, timeZone: string, hangUp?: HangUp): Promise<TasksSummary> {
    const [row = []] = await this.pool.run(scope, TASKS_SUMMARY, [timeZone], {
      timeoutMs: SEARCH_TIMEOUT_MS,
      signal: hangUp,
    });
    return summaryOf(row);
  }

  /**
   * Stores a new task. With `once`, an id that is there already, or in the trash, is answered with its
   * task, which has no JSON where its content has gone.
   * @throws OwnerMissingError; KeyUsedError; ProblemError `parent-invalid`
   */
  async create(
    scope: UserScope,
    { id, createdAtMs }: NewTask,
    fields: TaskFields,
    { once, keyed }: CreateTerms,
  ): Promise<TaskRow> {
    const { create, createOnce, createUnder } = this.#statements;
    const values = [id, ...valuesOf(fields), new Date(createdAtMs).toISOString()];
    const isUnder = fields.parent_id !== null;
    const statement = isUnder ? createUnder : once ? createOnce : create;
    const row = await this.pages.one(scope, statement, values, keyed);
    if (row !== undefined) return storedTask(row);
    const before = once ? await this.findMade(scope, id) : undefined;
    if (before !== undefined) return { ...before, written: false };
    if (isUnder) await this.#requireParent(scope, id, fields.parent_id);
    throw new OwnerMissingError();
  }

  async #requireParent(scope: UserScope, id: string, parentId: string | null): Promise<void> {
    const row = await this.pages.one(scope, this.#statements.parentFault, [id, parentId]);
    const [fault = null] = row ?? [];
    if (fault !== null) throw parentInvalid(fault as ParentFault);
  }

  async replace(
    scope: UserScope,
    id: string,
    fields: TaskFields,
    versions: Versions,
    terms: FollowTerms = {},
  ): Promise<TaskRow | undefined> {
    const { replace, replaceIf, replaceUnder, replaceAndFollow } = this.#statements;
    const values = [id, ...valuesOf(fields)];
    if (fields.completed && fields.recurrence !== null) {
      return this.#writes.follow(scope, replaceAndFollow, values, versions, terms);
    }
    return fields.parent_id === null
      ? this.#writes.run(scope, [replace, replaceIf], values, versions, terms.keyed)
      : this.#writes.run(scope, replaceUnder, values, versions, terms.keyed);
  }

  /** Absent fields keep their values. What depends on no other field has a cheaper statement. */
  async patch(
    scope: UserScope,
    id: string,
    changes: Partial<TaskFields>,
    versions: Versions,
    terms: FollowTerms = {},
  ): Promise<TaskRow | undefined> {
    const { patch, patchIf, patchUnder, patchAndFollow } = this.#statements;
    const { patchPlain, patchPlainIf } = this.#statements;
    const given = FIELD_NAMES.filter((name) => changes[name] !== undefined);
    if (given.every((name) => PLAIN.has(name))) {
      const values = [id, ...givenOf(PLAIN_FIELDS, changes)];
      return this.#writes.run(scope, [patchPlain, patchPlainIf], values, versions, terms.keyed);
    }
    if (given.every((name) => name === 'completed')) {
      return this.complete(scope, id, changes.completed, versions, terms);
    }
    const values = [id, ...givenOf(FIELD_NAMES, changes)];
    const statements = changes.parent_id == null ? ([patch, patchIf] as const) : patchUnder;
    const row = await this.#writes.run(scope, statements, values, versions, terms.keyed);
    const mayRecur = changes.completed === true && isKept(row, versions);
    return mayRecur ? this.#writes.follow(scope, patchAndFollow, values, versions, terms) : row;
  }

  /** Sets `completed`, or toggles it where no value is given. */
  async complete(
    scope: UserScope,
    id: string,
    completed: boolean | undefined,
    versions: Versions,
    terms: FollowTerms = {},
  ): Promise<TaskRow | undefined> {
    const { complete, completeIf, completeAndFollow } = this.#statements;
    const values = [id, completed === undefined ? null : String(completed)];
    const row = await this.#writes.run(
      scope,
      [complete, completeIf],
      values,
      versions,
      terms.keyed,
    );
    const mayRecur = completed !== false && isKept(row, versions);
    return mayRecur ? this.#writes.follow(scope, completeAndFollow, values, versions, terms) : row;
  }

  async delete(
    scope: UserScope,
    id: string,
    versions: Versions,
    keyed?: KeyedWrite,
  ): Promise<TaskRow | undefined> {
    const { delete: remove, deleteIf } = this.#statements;
    const [statement, condition] =
      versions === undefined ? ([remove, []] as const) : ([deleteIf, [listOf(versions)]] as const);
    const values = [id, ...condition, this.#trashDays];
    const row = await this.pages.one(scope, statement, values, keyed);
    if (row === undefined) {
      const kept = versions === undefined ? undefined : await this.find(scope, id);
      return kept && { json: null, version: kept.version, written: false };
    }
    const [, version] = row;
    const deleted = { json: null, version: version ?? '', written: true };
    if (isSweptAfter(deleted.version)) await this.#sweep(scope);
    return deleted;
  }

  /** The deletion has been made: what cannot be swept now is swept after a later one. */
  async #sweep(scope: UserScope): Promise<void> {
    const values = [this.#trashDays];
    await this.pages.one(scope, this.#statements.sweep, values).catch(() => undefined);
  }
}

function valuesOf(fields: TaskFields): readonly StatementValue[] {
  return FIELD_NAMES.map((name) => fieldValue(fields[name]));
}

/** Whether each field is given, and its value. */
function givenOf(
  fields: readonly TaskField[],
  changes: Partial<TaskFields>,
): readonly StatementValue[] {
  return fields.flatMap((name) => [String(changes[name] !== undefined), fieldValue(changes[name])]);
}
