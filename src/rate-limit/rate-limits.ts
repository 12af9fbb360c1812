import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ENV } from '../config/config.module';
import type { Env } from '../config/env';
import { ProblemError } from '../problems/problem-error';
import { clientNetwork } from './client-network';
import { type Allowance, Quota } from './quota';

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
