import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { TokenBucket } from 'limiter';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { ProblemError } from '../problems/problem-error';
import { clientNetwork } from './client-network';
import { RecentValues } from '../memory/recent-values';

/** A caller's remaining quota after a request. */
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

  /** @param count the requests to wait for, at most the whole quota */
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

/**
 * The quotas of this process: its share of RATE_LIMIT, because workers share no memory. Both are
 * absent if RATE_LIMIT is 0.
 */
@Injectable()
export class RateLimits {
  /** Requests of one user. */
  readonly user: Quota | undefined;
  /** Failed authentications from one client address. */
  readonly address: Quota | undefined;

  constructor(@Inject(ENV) { rateLimit, workers }: Env) {
    if (rateLimit === 0) return;
    // Rounded down, so that together they never admit more; but 0 would be no limit at all.
    const share = Math.max(1, Math.floor(rateLimit / workers));
    this.user = new Quota('user', share);
    this.address = new Quota('address', share);
  }
}

/** Retry-After names the same moment as the `t` of RateLimit (draft §5). */
export function quotaExceeded(quota: Quota, allowance: Allowance, detail?: string): ProblemError {
  return new ProblemError('quota-exceeded', {
    detail,
    headers: {
      'RateLimit-Policy': quota.policy,
      RateLimit: quota.describe(allowance),
      'Retry-After': String(allowance.resetSeconds),
    },
  });
}

/**
 * Counts failed authentications by client address: each may cost a signature check, and has no user
 * to count it by.
 */
@Injectable()
export class FailedAuthentications {
  constructor(private readonly limits: RateLimits) {}

  /**
   * The problem of a client that has failed too often; undefined otherwise. Free while nobody has
   * failed.
   */
  refusalOf(request: Request): ProblemError | undefined {
    const quota = this.limits.address;
    if (quota === undefined || quota.size === 0) return undefined;
    const allowance = quota.refusalOf(clientNetwork(request));
    return allowance && quotaExceeded(quota, allowance);
  }

  count(request: Request): void {
    this.limits.address?.take(clientNetwork(request));
  }
}

/**
 * Runs after the UserScopeGuard and counts the requests of each user. Routes without a user
 * (health, documents, problem pages) have no limit.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly limits: RateLimits) {}

  /** @throws ProblemError `quota-exceeded` */
  canActivate(context: ExecutionContext): boolean {
    const quota = this.limits.user;
    const http = context.switchToHttp();
    const { userScope } = http.getRequest<Request>();
    if (quota === undefined || userScope === undefined) return true;
    const allowance = quota.take(userScope.userId);
    if (!allowance.admitted) throw quotaExceeded(quota, allowance);
    const response = http.getResponse<Response>();
    response.setHeader('RateLimit-Policy', quota.policy);
    response.setHeader('RateLimit', quota.describe(allowance));
    return true;
  }
}
