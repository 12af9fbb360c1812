import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseRefusal, isWithoutServer } from '../database-errors';

const PAUSE_MS = 200;

/**
 * How long requests wait for a database that cannot be reached. One that sleeps takes seconds to wake,
 * so the first requests wait longer; after that time the database is down.
 */
export class WakeWindow {
  #beganAt: number | undefined;
  #lastWaitAt = -Infinity;

  constructor(private readonly wakeMs: number) {}

  /** How long one more request may wait from now on: at least so many milliseconds. */
  waitMs(atLeast: number): number {
    const now = performance.now();
    // There has been no request for so long that the database may now be asleep.
    if (now - this.#lastWaitAt > this.wakeMs) this.#beganAt = undefined;
    this.#lastWaitAt = now;
    this.#beganAt ??= now;
    return Math.max(atLeast, this.#beganAt + this.wakeMs - now);
  }

  /** Runs it again while the sleeping database refuses it, until the time has passed. */
  async repeat<Result>(work: () => Promise<Result>): Promise<Result> {
    let until: number | undefined;
    for (;;) {
      try {
        const result = await work();
        this.end();
        return result;
      } catch (error) {
        if (!(error instanceof DatabaseRefusal || isWithoutServer(error))) throw error;
        const now = performance.now();
        until ??= now + this.waitMs(0);
        if (now + PAUSE_MS > until) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  /** The database has answered. */
  end(): void {
    this.#beganAt = undefined;
  }
}
