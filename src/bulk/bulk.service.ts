import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Identity } from '../auth/identity';
import { FairTurns } from '../database/pool/fair-turns';
import { DATABASE_WAITS } from '../database/limits';
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

/** A quarter of what a lane sends at once: other users wait for a batch. */
const MOST_AT_ONCE = 16;

/** A hundred faulty operations take a while to read, and other requests come in between. */
const READ_AT_ONCE = 10;

/** How an operation ended. */
export type BulkOutcome =
  | (Replayable & { readonly status: number; readonly task: StoredTask | undefined })
  | { readonly problem: ProblemError };

/** The operation with this number, or why there is none. */
type Reading = { readonly n: number } & (
  { readonly operation: BulkOperation } | { readonly problem: ProblemError }
);

/** Runs operations as if each were a single request. */
@Injectable()
export class BulkService {
  /** A user has one bulk in hand: several would fill the lane of writes. */
  readonly #turns = new FairTurns({
    places: Infinity,
    reserved: 0,
    ofUser: 1,
    waitMs: DATABASE_WAITS.forPool,
  });

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

  /**
   * @throws DatabaseRefusal `overloaded` if other bulks of the user take too long: then nothing is
   * done
   */
  async run(
    scope: UserScope,
    identity: Identity,
    operations: readonly unknown[],
  ): Promise<readonly BulkOutcome[]> {
    const { userId } = scope;
    const endTurn = await this.#turns.take({ userId, isUrgent: false, signal: undefined });
    return this.#runAll(scope, identity, operations).finally(endTurn);
  }

  async #runAll(
    scope: UserScope,
    identity: Identity,
    operations: readonly unknown[],
  ): Promise<readonly BulkOutcome[]> {
    const readings = await readAll(operations);
    const outcomes: BulkOutcome[] = [];
    for (const part of deletesFirst(readings)) {
      await inTurns(part, {
        most: MOST_AT_ONCE,
        namesOf,
        run: async (reading) => {
          outcomes[reading.n] = await this.#outcomeOf(scope, identity, reading);
        },
      });
    }
    return outcomes;
  }

  async #outcomeOf(scope: UserScope, identity: Identity, reading: Reading): Promise<BulkOutcome> {
    if ('problem' in reading) return reading;
    try {
      return await this.#perform(scope, identity, reading.operation);
    } catch (error) {
      return { problem: problemOf(movedTo(placeOf(reading.n), error)) };
    }
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
      case 'move': {
        const { id, neighbours } = operation;
        return updated(await this.writes.move(scope, id, neighbours, operation));
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

async function readAll(operations: readonly unknown[]): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  for (const operation of operations) {
    const n = readings.length;
    if (n > 0 && n % READ_AT_ONCE === 0) await nextTurn();
    readings.push(readingOf(operation, n));
  }
  return readings;
}

function readingOf(value: unknown, n: number): Reading {
  try {
    return { n, operation: readOperation(value) };
  } catch (error) {
    return { n, problem: problemOf(movedTo(placeOf(n), error)) };
  }
}

/**
 * A delete makes room for a create. A delete that shares a name with an earlier operation keeps its
 * place.
 */
function deletesFirst(readings: readonly Reading[]): readonly (readonly Reading[])[] {
  if (!readings.some(isA('create'))) return [readings];
  const named = new Set<string>();
  const first = readings.filter((reading) => {
    const names = namesOf(reading);
    const isFree = !names.some((name) => named.has(name));
    for (const name of names) named.add(name);
    return isFree && isA('delete')(reading);
  });
  return [first, readings.filter((reading) => !first.includes(reading))];
}

function isA(name: BulkOperation['operation']): (reading: Reading) => boolean {
  return (reading) => 'operation' in reading && reading.operation.operation === name;
}

function namesOf(reading: Reading): readonly string[] {
  return 'operation' in reading ? reading.operation.names : [];
}

function placeOf(n: number): string {
  return `/operations/${n}`;
}

function updated(task: WrittenTask): BulkOutcome {
  return { status: 200, task, replayed: task.replayed };
}
