import type { CompiledStatement, Row, StatementValue } from '../compiled-statement';
import { givenPlace } from '../pool/fair-turns';
import type { KeyedWrite } from '../keyed-write';
import { type DatabaseWaits, MAX_COST_OF_USER, MAX_STATEMENTS, MIN_COST } from '../limits';
import type { ScopedStatement } from '../batch/scope-statements';

/** A statement of one request, from the moment it is asked for until its request is answered. */
export interface PendingStatement extends ScopedStatement {
  /** The fraction of a batch that it uses. */
  readonly cost: number;
  /** How many more lanes may try it. */
  lanesLeft: number;
  /** When its present lane took it, on the clock of `performance`. */
  queuedAt: number;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: Error) => void;
}

/** How a statement shall run. */
export interface LaneRun {
  /** The least fraction of a batch that it uses, if more is known than the statement says. */
  readonly minCost?: number | undefined;
  /** The key of a write that is made once. */
  readonly keyed?: KeyedWrite | undefined;
}

/** @param atLeast what is known beyond the statement itself, such as how long the user's tasks are */
export function costOf(
  statement: CompiledStatement,
  values: readonly StatementValue[],
  atLeast = 0,
): number {
  return Math.max(MIN_COST, atLeast, statement.cost?.(values) ?? 0);
}

export function totalCost(statements: readonly PendingStatement[]): number {
  return statements.reduce((sum, { cost }) => sum + cost, 0);
}

/** The statements that wait for their lane, and which of them form the next batch. */
export class LaneQueue {
  #queued: PendingStatement[] = [];
  /** Run next, together. */
  #rolledBack: PendingStatement[] = [];
  /** Run one by one, every other turn. */
  #retryAlone: PendingStatement[] = [];
  #isTurnOfRetry = false;
  /** Of what is queued, in batches. */
  #cost = 0;

  constructor(private readonly waits: Pick<DatabaseWaits, 'forTurn' | 'forNextTurn'>) {}

  get nextBatchHasRoom(): boolean {
    return this.#cost < 1;
  }

  /** Statements of one user that wait for their first turn. */
  countOf(userId: string): number {
    return this.#queued.reduce((sum, { scope }) => sum + Number(scope.userId === userId), 0);
  }

  /** Removes the statement whose place goes to the user, if there is one. */
  takeFor(userId: string): readonly PendingStatement[] {
    const given = givenPlace(this.#queued, ({ scope }) => scope.userId, userId);
    if (given === undefined) return [];
    this.#queued.splice(this.#queued.lastIndexOf(given), 1);
    this.#cost = totalCost(this.#queued);
    return [given];
  }

  add(statement: PendingStatement): void {
    this.#queued.push(statement);
    this.#cost += statement.cost;
  }

  /** Its batch was rolled back: it runs in the next one, together with its neighbours. */
  requeue(statement: PendingStatement): void {
    this.#rolledBack.push(statement);
  }

  /** It runs in a batch of its own. */
  requeueAlone(statement: PendingStatement): void {
    this.#retryAlone.push(statement);
  }

  nextBatch(): readonly PendingStatement[] {
    if (this.#rolledBack.length > 0) return this.#rolledBack.splice(0).sort(byLockedRow);
    this.#isTurnOfRetry = !this.#isTurnOfRetry || this.#queued.length === 0;
    if (this.#isTurnOfRetry && this.#retryAlone.length > 0) return this.#retryAlone.splice(0, 1);
    const isAlone = this.#queued.length < 2;
    const batch = isAlone ? this.#queued.splice(0, 1) : this.#takeBatch().sort(byLockedRow);
    this.#cost -= totalCost(batch);
    return batch;
  }

  /** Removes those that have waited too long. */
  takeLate(): readonly PendingStatement[] {
    const now = performance.now();
    const { forTurn, forNextTurn } = this.waits;
    const late = [
      ...take(this.#queued, ({ queuedAt }) => now - queuedAt > forTurn),
      ...take(this.#retryAlone, ({ queuedAt }) => now - queuedAt > forTurn),
      ...take(this.#rolledBack, ({ queuedAt }) => now - queuedAt > forNextTurn),
    ];
    this.#cost = totalCost(this.#queued);
    return late;
  }

  takeAll(): readonly PendingStatement[] {
    this.#cost = 0;
    return [this.#queued, this.#retryAlone, this.#rolledBack].flatMap((list) => list.splice(0));
  }

  /** As many as fit, in order. A user who has used a fair part of the batch is skipped. */
  #takeBatch(): PendingStatement[] {
    const taken: PendingStatement[] = [];
    const left: PendingStatement[] = [];
    const costByUser = new Map<string, number>();
    let total = 0;
    for (const statement of this.#queued) {
      const { cost, scope } = statement;
      const ofUser = (costByUser.get(scope.userId) ?? 0) + cost;
      if (taken.length > 0 && (total + cost > 1 || ofUser > MAX_COST_OF_USER)) {
        left.push(statement);
        continue;
      }
      taken.push(statement);
      total += cost;
      costByUser.set(scope.userId, ofUser);
    }
    this.#queued = left;
    return taken;
  }
}

/** Usually there is nothing to remove, so the list is copied only when there is. */
function take(
  list: PendingStatement[],
  isTaken: (statement: PendingStatement) => boolean,
): readonly PendingStatement[] {
  if (!list.some(isTaken)) return [];
  const all = list.splice(0);
  list.push(...all.filter((statement) => !isTaken(statement)));
  return all.filter(isTaken);
}

/**
 * Every process locks rows in the same order, so that no two batches ever wait for each other. The
 * sort is stable: statements on one row stay in the order in which they came.
 */
function byLockedRow(one: PendingStatement, other: PendingStatement): number {
  return (
    compare(one.scope.userId, other.scope.userId) ||
    compare(one.values[0] ?? '', other.values[0] ?? '')
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** The statements that wait for a lane to open. */
export class WaitingStatements {
  readonly #timers = new Map<PendingStatement, NodeJS.Timeout>();

  get size(): number {
    return this.#timers.size;
  }

  get hasRoom(): boolean {
    return this.#timers.size < MAX_STATEMENTS;
  }

  /** Removes the statement whose place goes to the user, if there is one. */
  takeFor(userId: string): PendingStatement | undefined {
    const given = givenPlace([...this.#timers.keys()], ({ scope }) => scope.userId, userId);
    if (given !== undefined) this.#take(given);
    return given;
  }

  /** @param onTimeout called where no lane has opened in time */
  add(statement: PendingStatement, waitMs: number, onTimeout: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(statement);
      onTimeout();
    }, waitMs);
    this.#timers.set(statement, timer);
  }

  takeAll(): readonly PendingStatement[] {
    const all = [...this.#timers.keys()];
    for (const statement of all) this.#take(statement);
    return all;
  }

  #take(statement: PendingStatement): void {
    clearTimeout(this.#timers.get(statement));
    this.#timers.delete(statement);
  }
}
