import { givenPlace } from '../fair-turns';
import { MAX_STATEMENTS } from './limits';
import type { PendingStatement } from './pending-statement';

/** The statements that wait for a lane to open. */
export class WaitingStatements {
  readonly #timers = new Map<PendingStatement, NodeJS.Timeout>();

  get size(): number {
    return this.#timers.size;
  }

  get hasRoom(): boolean {
    return this.#timers.size < MAX_STATEMENTS;
  }

  /** Takes out the one whose place goes to the user, if any does. */
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
