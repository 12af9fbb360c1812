import type { Request } from 'express';
import { type ProblemError, retryLater } from '../../problems/problem-error';

declare module 'express-serve-static-core' {
  interface Request {
    /** Its place among the requests of its caller, once admitted. */
    arrival?: Arrival;
  }
}

/** About as many as PostgreSQL answers meanwhile (docs/decisions/0015-requests-per-turn.md). */
const REQUESTS_PER_TURN = 32;
/** Each holds what Node has already read: its head, and up to 64 kB of its body. */
const MOST_WAITING = 2_048;
/** Requests of one caller in hand: fewer, if their answers are longer than this. */
const PLACES_OF_CALLER = 4;
const BYTES_OF_PLACE = 32_768;
/** A longer request waits for something with its own limit: a body, a lock, a search. */
const HELD_MS = 10;

/** @param refusal why the request is not admitted */
type Handle = (refusal?: ProblemError) => void;

interface Arrival {
  readonly caller: Caller;
  readonly request: Request;
  readonly handle: Handle;
  /** When it arrived, and later when it was admitted, on the clock of `performance`. */
  since: number;
  /** The bytes written to its connection at that time. */
  bytesBefore: number;
}

/** A caller with requests in hand, or waiting. */
interface Caller {
  readonly name: string;
  readonly held: Arrival[];
  readonly waiting: Arrival[];
  isInLine: boolean;
  /** Places that a request takes, judged by the last answers. */
  cost: number;
}

/**
 * Decides which request is admitted next. The event loop serves in the order of arrival, so a crowd
 * of requests of one caller would delay another's. Here each caller has a few requests in hand, and
 * waiting callers take turns (docs/decisions/0021-fair-shares.md).
 *
 * It also limits how many requests each turn of the event loop takes. Node reads from PostgreSQL
 * once per turn, whatever else has arrived: under overload, each batch would wait until all refused
 * clients, who return at once, are refused again.
 */
export class FairAdmission {
  readonly #callers = new Map<string, Caller>();
  /** Callers whose next request may be admitted. */
  readonly #line: Caller[] = [];
  #waiting = 0;
  #admitted = 0;
  #isTurnDue = false;
  #ticks: NodeJS.Timeout | undefined;

  /** @param waitMs how long a request may wait */
  constructor(private readonly waitMs: number) {}

  /** Requests that wait for admission. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @param handle called at once, or in a later turn, unless the client has gone by then */
  admit(name: string, request: Request, handle: Handle): void {
    const caller = this.#callerOf(name);
    const now = performance.now();
    const arrival = { caller, request, handle, since: now, bytesBefore: 0 };
    if (caller.waiting.length === 0 && this.#admitted < REQUESTS_PER_TURN) {
      if (!hasPlace(caller)) release(caller, now);
      if (hasPlace(caller)) {
        this.#start(arrival, now);
        return;
      }
    }
    this.#wait(arrival);
  }

  /** Gives back the place of a request that has been answered. */
  leave({ arrival }: Request): void {
    if (arrival === undefined) return;
    const { caller, request, bytesBefore } = arrival;
    const bytes = request.socket.bytesWritten - bytesBefore;
    caller.cost = Math.max(1, bytes / BYTES_OF_PLACE, caller.cost / 2);
    const index = caller.held.indexOf(arrival);
    if (index === -1) return;
    caller.held.splice(index, 1);
    this.#settle(caller);
  }

  #callerOf(name: string): Caller {
    let caller = this.#callers.get(name);
    if (caller === undefined) {
      caller = { name, held: [], waiting: [], isInLine: false, cost: 1 };
      this.#callers.set(name, caller);
    }
    return caller;
  }

  #start(arrival: Arrival, now: number): void {
    const { caller, request, handle } = arrival;
    arrival.since = now;
    arrival.bytesBefore = request.socket.bytesWritten;
    caller.held.push(arrival);
    request.arrival = arrival;
    this.#admitted += 1;
    this.#scheduleTurn();
    handle();
  }

  #wait(arrival: Arrival): void {
    const { caller } = arrival;
    caller.waiting.push(arrival);
    this.#waiting += 1;
    this.#ticks ??= setInterval(this.#tick, HELD_MS).unref();
    // Node then reads no faster than it works.
    if (this.#waiting > MOST_WAITING) this.#startNext(this.#longest(caller));
    this.#settle(caller);
  }

  #longest(caller: Caller): Caller {
    let longest = caller;
    for (const other of this.#callers.values())
      if (other.waiting.length > longest.waiting.length) longest = other;
    return longest;
  }

  #startNext(caller: Caller): void {
    const next = this.#takeNext(caller);
    if (next !== undefined) this.#start(next, performance.now());
  }

  /** Skips those whose clients have gone. */
  #takeNext({ waiting }: Caller): Arrival | undefined {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      this.#waiting -= 1;
      if (!next.request.socket.destroyed) return next;
    }
    return undefined;
  }

  /** Queues a caller with a request for a place; forgets one without any request. */
  #settle(caller: Caller): void {
    const { name, held, waiting, isInLine } = caller;
    if (waiting.length === 0) {
      if (held.length === 0) this.#callers.delete(name);
    } else if (!isInLine && hasPlace(caller)) {
      caller.isInLine = true;
      this.#line.push(caller);
      this.#scheduleTurn();
    }
  }

  #scheduleTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#isTurnDue = false;
    this.#admitted = 0;
    while (this.#admitted < REQUESTS_PER_TURN) {
      const caller = this.#line.shift();
      if (caller === undefined) return;
      caller.isInLine = false;
      this.#startNext(caller);
      this.#settle(caller);
    }
  };

  /** Runs while anybody waits. */
  readonly #tick = (): void => {
    const now = performance.now();
    for (const caller of this.#callers.values()) {
      this.#refuseLate(caller, now);
      if (caller.waiting.length > 0) release(caller, now);
      this.#settle(caller);
    }
    if (this.#waiting > 0) return;
    clearInterval(this.#ticks);
    this.#ticks = undefined;
  };

  #refuseLate({ waiting }: Caller, now: number): void {
    const firstInTime = waiting.findIndex(({ since }) => now - since <= this.waitMs);
    const late = waiting.splice(0, firstInTime === -1 ? waiting.length : firstInTime);
    this.#waiting -= late.length;
    for (const { request, handle } of late)
      if (!request.socket.destroyed) handle(retryLater('overloaded'));
  }
}

/** A caller always has one, however long the answers are. */
function hasPlace({ held, cost }: Caller): boolean {
  return held.length === 0 || (held.length + 1) * cost <= PLACES_OF_CALLER;
}

/** Takes back places that have been held for too long. */
function release({ held }: Caller, now: number): void {
  const kept = held.findIndex(({ since }) => now - since < HELD_MS);
  held.splice(0, kept === -1 ? held.length : kept);
}
