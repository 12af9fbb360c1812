import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { ProblemError } from '../problems/problem-error';
import { clientNetwork } from './client-network';
import { quotaExceeded, RateLimits } from './rate-limits';

/**
 * Counts failed authentications by client address: each may cost a signature check, and comes from
 * nobody that could be counted otherwise.
 */
@Injectable()
export class FailedAuthentications {
  constructor(private readonly limits: RateLimits) {}

  /** Why the client may try no further, or undefined while it may. Free while nobody has failed. */
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
