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

  /** @param onTimeout called where no lane has opened in time */
  add(statement: PendingStatement, waitMs: number, onTimeout: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(statement);
      onTimeout();
    }, waitMs);
    this.#timers.set(statement, timer);
  }

  takeAll(): readonly PendingStatement[] {
    const all = [...this.#timers];
    this.#timers.clear();
    return all.map(([statement, timer]) => {
      clearTimeout(timer);
      return statement;
    });
  }
}
