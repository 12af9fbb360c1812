export interface Recency {
  /** How long a value is kept at least after it was set, if there are not too many. */
  readonly keepMs: number;
  /** Values of one generation. Past it, those that were set longest ago are forgotten. */
  readonly most: number;
}

/**
 * What a process remembers of users and addresses: values by key, as long as they are set now and then.
 * Memory is bounded without a timer. Values live in two generations, and the older one is dropped when
 * its time has passed, or the newer one is full.
 */
export class RecentValues<Value> {
  readonly #keepMs: number;
  readonly #most: number;
  #recent = new Map<string, Value>();
  #earlier = new Map<string, Value>();
  #generationEnds: number;

  constructor({ keepMs, most }: Recency) {
    this.#keepMs = keepMs;
    this.#most = most;
    this.#generationEnds = performance.now() + keepMs;
  }

  get size(): number {
    return this.#recent.size + this.#earlier.size;
  }

  get(key: string): Value | undefined {
    return this.#recent.get(key) ?? this.#earlier.get(key);
  }

  /** The value that there is, set again, or a new one. */
  obtain(key: string, make: () => Value): Value {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const value = this.#earlier.get(key) ?? make();
    this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    if (!this.#recent.has(key)) this.#makeRoom();
    this.#earlier.delete(key);
    this.#recent.set(key, value);
  }

  #makeRoom(): void {
    if (performance.now() < this.#generationEnds && this.#recent.size < this.#most) return;
    this.#earlier = this.#recent;
    this.#recent = new Map();
    this.#generationEnds = performance.now() + this.#keepMs;
  }
}
