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
    // Nobody has asked for so long that a database that was down may now be asleep.
    if (now - this.#lastWaitAt > this.wakeMs) this.#beganAt = undefined;
    this.#lastWaitAt = now;
    this.#beganAt ??= now;
    return Math.max(atLeast, this.#beganAt + this.wakeMs - now);
  }

  /** The database has answered. */
  end(): void {
    this.#beganAt = undefined;
  }
}
