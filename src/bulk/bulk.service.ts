import { Injectable } from '@nestjs/common';
import type { Identity } from '../auth/identity';
import { problemOf } from '../error-handling/problem-of';
import type { ProblemError } from '../problems/problem-error';
import { quotaExceeded, RateLimits } from '../rate-limit/rate-limits';
import type { Replayable, WrittenTask } from '../tasks/replies/replies';
import { TaskWrites } from '../tasks/replies/task-writes';
import type { StoredTask } from '../tasks/tasks.service';
import { TrashService } from '../trash/trash.service';
import type { UserScope } from '../user-scope/user-scope';
import { atTask, type BulkOperation, movedTo, readOperation } from './bulk-operation';
import { inTurns } from './in-turns';

/** Half of what a lane sends at once, so that a bulk leaves room for other requests of its user. */
const MOST_AT_ONCE = 32;

/** How an operation ended. */
export type BulkOutcome =
  | (Replayable & { readonly status: number; readonly task: StoredTask | undefined })
  | { readonly problem: ProblemError };

type Reading =
  | { readonly operation: BulkOperation; readonly place: string }
  | { readonly problem: ProblemError };

/** Carries out operations as the requests would be that they stand for. */
@Injectable()
export class BulkService {
  constructor(
    private readonly writes: TaskWrites,
    private readonly trash: TrashService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Counts each operation as a request; the bulk itself has been counted as the first.
   * @returns the value of `RateLimit`, where there is a limit
   * @throws ProblemError `quota-exceeded` where not all may run: then none does
   */
  admit({ userId }: UserScope, count: number): string | undefined {
    const { user: quota } = this.limits;
    if (quota === undefined || count === 1) return undefined;
    const allowance = quota.take(userId, count - 1, count);
    if (allowance.admitted) return quota.describe(allowance);
    throw quotaExceeded(
      quota,
      allowance,
      `Nothing was done. The bulk has ${count} operations, each of which counts as a request, and ${allowance.remaining} may follow now. Send no more than these, or wait for \`Retry-After\` seconds; \`q\` of \`RateLimit-Policy\` is the most that there may ever be.`,
    );
  }

  run(
    scope: UserScope,
    identity: Identity,
    operations: readonly unknown[],
  ): Promise<readonly BulkOutcome[]> {
    return inTurns(operations.map(readingOf), {
      most: MOST_AT_ONCE,
      namesOf: (reading) => ('operation' in reading ? reading.operation.names : []),
      run: async (reading) => {
        if ('problem' in reading) return reading;
        const { operation, place } = reading;
        try {
          return await this.#perform(scope, identity, operation);
        } catch (error) {
          return { problem: problemOf(movedTo(place, error)) };
        }
      },
    });
  }

  async #perform(
    scope: UserScope,
    identity: Identity,
    operation: BulkOperation,
  ): Promise<BulkOutcome> {
    switch (operation.operation) {
      case 'create': {
        const { task: body, key } = operation;
        const task = await atTask(() => this.writes.create(scope, identity, body, key));
        return { status: task.status, task, replayed: task.replayed };
      }
      case 'replace': {
        const { id, task: body } = operation;
        return updated(await atTask(() => this.writes.replace(scope, id, body, operation)));
      }
      case 'patch': {
        const { id, task: body } = operation;
        return updated(await atTask(() => this.writes.patch(scope, id, body, operation)));
      }
      case 'complete': {
        const { id, completed } = operation;
        return updated(await this.writes.complete(scope, id, completed, operation));
      }
      case 'delete': {
        const { replayed } = await this.writes.delete(scope, operation.id, operation);
        return { status: 204, task: undefined, replayed };
      }
      case 'restore':
        return updated(await this.trash.restore(scope, operation.id, operation.key));
    }
  }
}

function readingOf(value: unknown, n: number): Reading {
  const place = `/operations/${n}`;
  try {
    return { operation: readOperation(value), place };
  } catch (error) {
    return { problem: problemOf(movedTo(place, error)) };
  }
}

function updated(task: WrittenTask): BulkOutcome {
  return { status: 200, task, replayed: task.replayed };
}
