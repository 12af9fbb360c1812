import type { ServerResponse } from 'node:http';

/** About as many as PostgreSQL answers meanwhile (docs/decisions/0015-requests-per-turn.md). */
const REQUESTS_PER_TURN = 32;
/** Each holds what Node has already read: its head, and up to 64 kB of its body. */
const MOST_WAITING = 2_048;

interface Arrival {
  readonly response: ServerResponse;
  readonly handle: () => void;
}

/**
 * Limits how many requests each turn of the event loop takes; the others wait in order. Node reads
 * from PostgreSQL once per turn, whatever else has arrived: under overload, each batch would wait
 * until all refused clients, who return at once, are refused again.
 */
export class TurnLimiter {
  #arrivals: Arrival[] = [];
  #admitted = 0;

  /** Requests that wait for a turn. */
  get waiting(): number {
    return this.#arrivals.length;
  }

  /** @param handle called at once, or in a later turn, unless the client has gone by then */
  admit(response: ServerResponse, handle: () => void): void {
    if (this.#admitted === REQUESTS_PER_TURN) {
      this.#arrivals.push({ response, handle });
      if (this.#arrivals.length > MOST_WAITING) this.#arrivals.shift()?.handle();
      return;
    }
    if (this.#admitted === 0) setImmediate(this.#nextTurn);
    this.#admitted += 1;
    handle();
  }

  readonly #nextTurn = (): void => {
    this.#admitted = 0;
    const waiting = this.#arrivals.filter(({ response }) => !response.destroyed);
    this.#arrivals = waiting.splice(REQUESTS_PER_TURN);
    for (const { response, handle } of waiting) this.admit(response, handle);
  };
}
