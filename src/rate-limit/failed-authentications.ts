import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { ProblemError } from '../problems/problem-error';
import { clientNetwork } from './client-network';
import { quotaExceeded, RateLimits } from './rate-limits';

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
