import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { quotaExceeded, RateLimits } from './rate-limits';

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
