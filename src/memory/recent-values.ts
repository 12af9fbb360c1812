export interface Recency {
  /** The least time for which a value is kept after it was set, unless there are too many. */
  readonly keepMs: number;
  /** Values per generation. Beyond it, those that were set longest ago are dropped. */
  readonly most: number;
}

/**
 * What a process remembers of users and addresses: values by key. Memory is bounded without a
 * timer: values live in two generations, and the older one is dropped when its time has passed or
 * the newer one is full.
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

  /** The existing value, set again, or a new one. */
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
