import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counts } from './fault-report';
import { type Answer, HttpSender, type Message } from '../http/http-sender';
import type { Caller } from '../app/tokens';

/** Longer than any request may take: one without an answer by then hangs, which is a breach. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 25;
const PROBLEM = 'application/problem+json';

/** An answer that settles the matter, and after how many attempts it came. */
export interface Settled {
  readonly answer: Answer;
  readonly attempts: number;
}

/** Sends the requests of a history, counts what comes back, and repeats what failed. */
export class HistoryClient {
  readonly breaches: string[] = [];
  readonly #counts = { '2xx': 0, '4xx': 0, '5xx': 0, aborted: 0 };
  readonly #sender: HttpSender;
  #longestWaitMs = 0;
  /** Begins when a fault ends; who has been served since. */
  #recovery: { readonly since: number; readonly served: Map<object, number> } | undefined;

  constructor(
    private readonly port: number,
    connections: number,
  ) {
    this.#sender = new HttpSender(port, connections, PATIENCE_MS);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get counts(): Counts {
    return this.#counts;
  }

  get longestWaitMs(): number {
    return this.#longestWaitMs;
  }

  /** The fault has ended. */
  markHealed(): void {
    this.#recovery = { since: performance.now(), served: new Map() };
  }

  /** How long after the end of the fault each of that many clients had been served. */
  recoveryMs(clients: number): number | undefined {
    const times = [...(this.#recovery?.served.values() ?? [])];
    return times.length < clients ? undefined : Math.max(...times);
  }

  /** Sends it once; undefined where no answer came. */
  async attempt(caller: Caller, message: Message): Promise<Answer | undefined> {
    const began = performance.now();
    try {
      const answer = await this.#sender.send(caller, message);
      this.#count(caller, answer, began);
      return answer;
    } catch (error) {
      this.#counts.aborted += 1;
      const { name, message: why } = error as Error;
      if (name === 'AbortError' || name === 'TimeoutError') {
        this.breaches.push(`${message.method} ${message.path} hung: ${why}`);
      }
      await sleep(PAUSE_MS);
      return undefined;
    } finally {
      this.#longestWaitMs = Math.max(this.#longestWaitMs, performance.now() - began);
    }
  }

  /** Repeats it until its outcome is known: for requests that are safe to repeat. */
  async settle(caller: Caller, message: Message): Promise<Settled> {
    for (let attempts = 1; ; attempts += 1) {
      const answer = await this.attempt(caller, message);
      if (answer !== undefined && answer.status < 500) return { answer, attempts };
      await sleep(PAUSE_MS);
    }
  }

  close(): void {
    this.#sender.close();
  }

  #count(caller: Caller, { status, headers, body }: Answer, began: number): void {
    if (status < 300) {
      this.#counts['2xx'] += 1;
      this.#serve(caller, began);
    } else if (status < 500) {
      this.#counts['4xx'] += 1;
    } else {
      this.#counts['5xx'] += 1;
      const isHonest =
        status === 503 &&
        headers['retry-after'] !== undefined &&
        headers['content-type'] === PROBLEM;
      if (!isHonest) this.breaches.push(`${status} ${JSON.stringify(headers)} ${body}`);
    }
  }

  #serve(caller: Caller, began: number): void {
    if (this.#recovery === undefined || began < this.#recovery.since) return;
    if (this.#recovery.served.has(caller)) return;
    this.#recovery.served.set(caller, performance.now() - this.#recovery.since);
  }
}
