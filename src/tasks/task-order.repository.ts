import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Row } from '../database/compiled-statement';
import type { KeyedWrite } from '../database/keyed-write';
import { ScopedPool } from '../database/pool/scoped-pool';
import type { UserScope } from '../user-scope/user-scope';
import { listOf, type Versions } from './writes/conditional-writes';
import type { Neighbours } from './order/move-task.dto';
import { PageReader, SEARCH_TIMEOUT_MS } from './pages/page-reader';
import { storedTask, type TaskRow } from './task-fields';
import { Task } from './task.entity';
import { orderStatements, type OrderStatements } from './order/task-order.statements';

/**
 * Why a task was not moved: a missing neighbour, the order of the neighbours, or the id of the one
 * to move first.
 */
export type MoveFault = 'after' | 'before' | 'order' | (string & {});

export interface Move {
  readonly neighbours: Neighbours;
  readonly versions: Versions;
  readonly keyed: KeyedWrite | undefined;
}

/** The order of the tasks of one user. */
@Injectable()
export class TaskOrderRepository {
  readonly #statements: Pick<OrderStatements, 'moveBetween'>;
  readonly #beside: string;

  constructor(
    @InjectRepository(Task) tasks: Repository<Task>,
    private readonly pages: PageReader,
    private readonly pool: ScopedPool,
  ) {
    const { moveBetween, moveBeside } = orderStatements(tasks);
    this.#statements = pages.register({ moveBetween });
    this.#beside = moveBeside.text;
  }

  /** @returns undefined where there is no such task */
  async move(
    scope: UserScope,
    id: string,
    { neighbours: { after, before }, versions, keyed }: Move,
  ): Promise<{ readonly row: TaskRow; readonly fault: MoveFault | undefined } | undefined> {
    const values = [id, after ?? null, before ?? null, listOf(versions)];
    let row: Row | undefined;
    if (after !== undefined && before !== undefined) {
      row = await this.pages.one(scope, this.#statements.moveBetween, values, keyed);
    } else {
      const terms = { numbers: 1, keyed, timeoutMs: SEARCH_TIMEOUT_MS };
      [row] = await this.pool.run(scope, this.#beside, values, terms);
    }
    return row && { row: storedTask(row), fault: row.at(-1) ?? undefined };
  }
}
