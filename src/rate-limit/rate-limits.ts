import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { ProblemError } from '../problem/problem-error';
import { type Allowance, Quota } from './quota';

/** The quotas of this process. Both are absent where RATE_LIMIT is 0. */
@Injectable()
export class RateLimits {
  /** Requests of one user. */
  readonly user: Quota | undefined;
  /** Failed authentications from one client address. */
  readonly address: Quota | undefined;

  constructor(@Inject(ENV) { rateLimit }: Env) {
    if (rateLimit === 0) return;
    this.user = new Quota('user', rateLimit);
    this.address = new Quota('address', rateLimit);
  }
}

/** Retry-After names the same moment as the `t` of RateLimit (draft §5). */
export function quotaExceeded(quota: Quota, allowance: Allowance): ProblemError {
  return new ProblemError('quota-exceeded', {
    headers: {
      'RateLimit-Policy': quota.policy,
      RateLimit: quota.describe(allowance),
      'Retry-After': String(allowance.resetSeconds),
    },
  });
}
