import { TokenBucket } from 'limiter';
import { RecentValues } from '../memory/recent-values';

/** What a caller has left after a request. */
export interface Allowance {
  readonly admitted: boolean;
  /** Requests that may follow at once. */
  readonly remaining: number;
  /** Whole seconds until the quota is full, or until the next request if nothing remains. */
  readonly resetSeconds: number;
}

const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Per generation; 240 bytes each on Node 26. Beyond it, the least recent callers start again. */
const REMEMBERED_CALLERS = 20_000;

/**
 * A number of requests per minute for each caller: a token bucket, which holds the whole quota and
 * refills steadily. A check is synchronous and allocates little
 * (docs/decisions/0012-rate-limit-by-token-bucket.md).
 *
 * A bucket that was unused for a window is full again, like an absent one, so it may be dropped.
 */
export class Quota {
  /** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
  readonly policy: string;
  readonly #name: string;
  readonly #limit: number;
  readonly #buckets = new RecentValues<TokenBucket>({
    keepMs: WINDOW_MS,
    most: REMEMBERED_CALLERS,
  });
  #refusals = 0;

  /** @param limit requests a minute, at least 1 */
  constructor(name: string, limit: number) {
    this.#name = name;
    this.#limit = limit;
    this.policy = `"${name}";q=${limit};w=${WINDOW_SECONDS}`;
  }

  /** How many requests were refused since the start. */
  get refusals(): number {
    return this.#refusals;
  }

  /** How many callers are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes one request, or as many at once, from the caller's quota if they are left.
   * @param again what the caller needs who comes back after a refusal
   */
  take(caller: string, count = 1, again = count): Allowance {
    const bucket = this.#bucketOf(caller);
    const admitted = bucket.tryRemoveTokens(count);
    if (!admitted) this.#refusals += 1;
    return this.#allowance(bucket, admitted, admitted ? 1 : again);
  }

  /** What `take` would refuse with, or undefined while the caller has something left. */
  refusalOf(caller: string): Allowance | undefined {
    const bucket = this.#buckets.get(caller);
    if (bucket === undefined || bucket.getWaitTime(1) === 0) return undefined;
    this.#refusals += 1;
    return this.#allowance(bucket, false, 1);
  }

  /** `RateLimit` of an answer. */
  describe({ remaining, resetSeconds }: Allowance): string {
    return `"${this.#name}";r=${remaining};t=${resetSeconds}`;
  }

  /** @param count what is waited for; where there is less than the quota has at all, the whole of it */
  #allowance(bucket: TokenBucket, admitted: boolean, count: number): Allowance {
    const remaining = Math.floor(bucket.content);
    const isWaited = remaining < count && count <= this.#limit;
    const missing = (isWaited ? count : this.#limit) - bucket.content;
    return {
      admitted,
      remaining,
      resetSeconds: Math.max(1, Math.ceil((missing * WINDOW_SECONDS) / this.#limit)),
    };
  }

  #bucketOf(caller: string): TokenBucket {
    return this.#buckets.obtain(caller, () => fullBucket(this.#limit));
  }
}

function fullBucket(limit: number): TokenBucket {
  const bucket = new TokenBucket({
    bucketSize: limit,
    tokensPerInterval: limit,
    interval: WINDOW_MS,
  });
  bucket.content = limit;
  return bucket;
}
