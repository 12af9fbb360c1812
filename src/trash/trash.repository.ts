import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { type Row, rfc3339 } from '../database/compiled-statement';
import type { KeyedWrite } from '../database/keyed-write';
import { ScopedPool } from '../database/pool/scoped-pool';
import { type HangUp, PageReader } from '../tasks/pages/page-reader';
import { BEHIND_TASK, ID, storedTask, taskJson, type TaskRow } from '../tasks/task-fields';
import { pageOf, type TaskPage } from '../tasks/pages/task-page';
import { Task } from '../tasks/task.entity';
import { ParentedWrites } from '../tasks/tree/parented-writes';
import type { UserScope } from '../user-scope/user-scope';
import {
  countedPage,
  LARGEST_NUMBER,
  trashStatements,
  type TrashStatements,
} from './trash.statements';

/** A page of the trash, last deleted first. */
export interface TrashRange {
  /** Only what was deleted before this number. */
  readonly before: string | undefined;
  readonly limit: number;
  /** Whether to count all pages, which costs O(trash of the user). */
  readonly count: boolean;
}

/** The trash of one user at a time. */
@Injectable()
export class TrashRepository {
  readonly #statements: TrashStatements;
  readonly #countedPage: string;
  readonly #trashDays: string;
  readonly #parented: ParentedWrites;

  constructor(
    @InjectRepository(Task) entity: Repository<Task>,
    private readonly pages: PageReader,
    pool: ScopedPool,
    @Inject(ENV) { trashDays }: Env,
  ) {
    this.#trashDays = String(trashDays);
    this.#parented = new ParentedWrites(pages, pool);
    this.#statements = pages.register(trashStatements(entity));
    this.#countedPage = countedPage(this.#statements);
  }

  async list(scope: UserScope, range: TrashRange, hangUp?: HangUp): Promise<TaskPage> {
    const { before = LARGEST_NUMBER, limit, count } = range;
    const values = [before, this.#trashDays, String(limit + 1)];
    const reading = { limit, hangUp };
    const rows = count
      ? await this.pages.search(scope, { text: this.#countedPage, values }, reading)
      : await this.pages.readByKey(scope, this.#statements.list, values, reading);
    const total = count ? rows[0]?.[BEHIND_TASK + 1] : undefined;
    const trashed = rows.filter((row) => row[ID] !== null);
    return { ...pageOf(trashed, limit, 'version', trashedJson), total: total ?? undefined };
  }

  /** @returns undefined where it is not in the trash */
  async restore(scope: UserScope, id: string, keyed?: KeyedWrite): Promise<TaskRow | undefined> {
    const { restore } = this.#statements;
    const row = await this.#parented.write(scope, restore, [id, this.#trashDays], keyed);
    return row && storedTask(row);
  }

  /** @returns whether it was in the trash */
  async purge(scope: UserScope, id: string, keyed?: KeyedWrite): Promise<boolean> {
    const row = await this.pages.one(scope, this.#statements.purge, [id, this.#trashDays], keyed);
    return row !== undefined;
  }
}

/** A task as it was, and when it was deleted. */
function trashedJson(row: Row): string {
  return `${taskJson(row).slice(0, -1)},"deleted_at":"${rfc3339(row[BEHIND_TASK] ?? '')}"}`;
}
