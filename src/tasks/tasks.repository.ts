import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { CompiledStatement, Row, StatementValue } from '../database/compiled-statement';
import { violates } from '../database/database-errors';
import { Lanes } from '../database/lanes/lanes';
import { ScopedPool } from '../database/scoped-pool';
import type { UserScope } from '../user-scope/user-scope';
import { type HangUp, PageReader } from './pages/page-reader';
import { PageWeights } from './pages/page-weights';
import { Task } from './task.entity';
import type { TaskBirth } from './task-id';
import { type Search, searchStatement, type SearchPosition } from './tasks.search';
import {
  countUpToStatement,
  HIGHEST_ID,
  LOWEST_ID,
  tasksStatements,
  type TasksStatements,
} from './tasks.statements';

/** What a client may decide about a task. */
export type TaskFields = Pick<Task, 'title' | 'description' | 'completed'>;

/** A task as it is stored, or, where `written` is false, only what a precondition met. */
export interface TaskRow {
  /** The JSON text that clients see; null where there is nothing to show. */
  readonly json: string | null;
  readonly version: string;
  /** Whether this statement wrote it; always true of a read. */
  readonly written: boolean;
}

export interface TaskPage {
  /** JSON of the tasks, joined by commas. */
  readonly items: string;
  /** The last task of the page if there is another page. */
  readonly last: SearchPosition | undefined;
  readonly total: string | undefined;
}

/** Of a page, newest first. */
export interface NewestRange {
  readonly belowId: string | undefined;
  readonly aboveId: string | undefined;
  readonly limit: number;
}

/** Versions that an If-Match names; undefined where any version will do. */
export type Versions = readonly string[] | undefined;

/** Thrown by `create` where the owner has no row yet. */
export class OwnerMissingError extends Error {}

/** Tasks of one user at a time: no method works without a scope, no statement without an owner. */
@Injectable()
export class TasksRepository {
  readonly #statements: TasksStatements;
  readonly #table: string;
  readonly #weights = new PageWeights();
  readonly #pages: PageReader;

  constructor(
    @InjectRepository(Task) tasks: Repository<Task>,
    private readonly lanes: Lanes,
    private readonly pool: ScopedPool,
  ) {
    this.#table = tasks.metadata.tablePath;
    this.#pages = new PageReader(lanes, pool, this.#weights);
    this.#statements = lanes.register(tasksStatements(tasks));
  }

  find(scope: UserScope, id: string): Promise<TaskRow | undefined> {
    return this.#one(scope, this.#statements.get, [id]);
  }

  /** Newest first; both bounds are exclusive. */
  async listNewest(scope: UserScope, range: NewestRange, hangUp?: HangUp): Promise<TaskPage> {
    const { belowId = HIGHEST_ID, aboveId = LOWEST_ID, limit } = range;
    const values = [belowId, aboveId, String(limit)];
    const { listNewest } = this.#statements;
    const row = await this.#pages.readByKey(scope, listNewest, values, { limit, hangUp });
    const lastId = row?.[1] ?? undefined;
    return {
      items: row?.[0] ?? '',
      last: lastId === undefined ? undefined : { key: lastId, id: lastId },
      total: undefined,
    };
  }

  async search(scope: UserScope, search: Search, hangUp?: HangUp): Promise<TaskPage> {
    const { limit } = search;
    const statement = searchStatement(this.#table, search);
    const row = await this.#pages.search(scope, statement, { limit, hangUp });
    const [items, key, id, total] = row ?? [];
    return {
      items: items ?? '',
      last: key != null && id != null ? { key, id } : undefined,
      total: total ?? undefined,
    };
  }

  /** How many tasks there are, counted no further than to `most`. */
  async countUpTo(scope: UserScope, most: number): Promise<number> {
    const text = countUpToStatement(this.#table);
    const [row] = await this.pool.run(scope, text, [String(most)], { isUrgent: true });
    return Number(row?.[0]);
  }

  /**
   * Stores a new task. With `once`, an id that is there already is answered with its task; no
   * answer at all means that a concurrent create has just won, and asking again will show it.
   * @throws OwnerMissingError
   */
  async create(
    scope: UserScope,
    { id, createdAtMs }: TaskBirth,
    { title, description, completed }: TaskFields,
    { once }: { readonly once: boolean },
  ): Promise<TaskRow | undefined> {
    const statement = once ? this.#statements.createOnce : this.#statements.create;
    const createdAt = new Date(createdAtMs).toISOString();
    const values = [id, title, description, String(completed), createdAt];
    let row: TaskRow | undefined;
    try {
      row = await this.#one(scope, statement, values);
    } catch (error) {
      // The account has been erased just now.
      if (violates(error, 'fk_tasks_user_id')) throw new OwnerMissingError();
      throw error;
    }
    if (once ? row?.version === '' : row === undefined) throw new OwnerMissingError();
    return row;
  }

  replace(
    scope: UserScope,
    id: string,
    { title, description, completed }: TaskFields,
    versions: Versions,
  ): Promise<TaskRow | undefined> {
    const { replace, replaceIf } = this.#statements;
    const values = [id, title, description, String(completed)];
    return this.#write(scope, [replace, replaceIf], values, versions);
  }

  /** Absent fields keep their values. */
  patch(
    scope: UserScope,
    id: string,
    { title, description, completed }: Partial<TaskFields>,
    versions: Versions,
  ): Promise<TaskRow | undefined> {
    const { patch, patchIf } = this.#statements;
    const values = [
      id,
      title ?? null,
      String(description !== undefined),
      description ?? null,
      completed === undefined ? null : String(completed),
    ];
    return this.#write(scope, [patch, patchIf], values, versions);
  }

  /** Sets `completed`, or toggles it where no value is given. */
  complete(
    scope: UserScope,
    id: string,
    completed: boolean | undefined,
    versions: Versions,
  ): Promise<TaskRow | undefined> {
    const { complete, completeIf } = this.#statements;
    const values = [id, completed === undefined ? null : String(completed)];
    return this.#write(scope, [complete, completeIf], values, versions);
  }

  delete(scope: UserScope, id: string, versions: Versions): Promise<TaskRow | undefined> {
    return this.#write(scope, [this.#statements.delete, this.#statements.deleteIf], [id], versions);
  }

  #write(
    scope: UserScope,
    [plain, conditional]: readonly [CompiledStatement, CompiledStatement],
    values: readonly StatementValue[],
    versions: Versions,
  ): Promise<TaskRow | undefined> {
    return versions === undefined
      ? this.#one(scope, plain, values)
      : this.#one(scope, conditional, [...values, `{${versions.join(',')}}`]);
  }

  async #one(
    scope: UserScope,
    statement: CompiledStatement,
    values: readonly StatementValue[],
  ): Promise<TaskRow | undefined> {
    const { userId } = scope;
    const cost = this.#weights.costOf(userId, 1);
    const [row] = await this.lanes.run(scope, statement, values, cost);
    if (row === undefined) return undefined;
    this.#weights.learnTask(userId, row[0]);
    return taskRow(row);
  }
}

function taskRow([json = null, version, written]: Row): TaskRow {
  return { json, version: version ?? '', written: written === 't' };
}
