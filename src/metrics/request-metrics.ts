import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { TokenVerifier } from '../auth/tokens/token-verifier';
import type { FairAdmission } from '../http/adapter/fair-admission';
import { ProblemReports } from '../error-handling/problem-reports';
import { PROBLEM_TYPES, type ProblemCode } from '../problems/problem-types';
import { RateLimits } from '../rate-limit/rate-limits';
import { unlabelled, readCounter, readGauge } from './pulled-metrics';

/** Problems, refusals and tokens. */
@Injectable()
export class RequestMetrics {
  constructor(
    registry: Registry,
    problems: ProblemReports,
    limits: RateLimits,
    tokens: TokenVerifier,
  ) {
    registerProblemMetrics(registry, problems);
    registerRefusalMetrics(registry, limits);
    registerTokenMetrics(registry, tokens);
  }
}

/** Separate, because the admission belongs to the adapter, which exists before any provider. */
export function registerAdmissionMetrics(registry: Registry, admission: FairAdmission): void {
  readGauge(
    registry,
    {
      name: 'task_api_requests_waiting',
      help: 'Requests that have arrived and wait to be taken up.',
    },
    () => unlabelled(admission.waiting),
  );
}

function registerProblemMetrics(registry: Registry, problems: ProblemReports): void {
  const codes = Object.keys(PROBLEM_TYPES) as ProblemCode[];
  readCounter(
    registry,
    {
      name: 'task_api_problems_total',
      help: 'Requests answered with a problem, by its code.',
      labelNames: ['code'],
    },
    () => codes.map((code) => [{ code }, problems.counts.get(code) ?? 0]),
  );
  readCounter(
    registry,
    {
      name: 'task_api_scope_violations_total',
      help: 'Statements that row-level security refused. Each is a fault of this API.',
    },
    () => unlabelled(problems.scopeViolations),
  );
}

function registerRefusalMetrics(registry: Registry, limits: RateLimits): void {
  readCounter(
    registry,
    {
      name: 'task_api_rate_limit_refusals_total',
      help: 'Requests refused because a quota was used up: that of a user, or of failed authentications of an address.',
      labelNames: ['quota'],
    },
    () => [
      [{ quota: 'user' }, limits.user?.refusals ?? 0],
      [{ quota: 'address' }, limits.address?.refusals ?? 0],
    ],
  );
}

function registerTokenMetrics(registry: Registry, tokens: TokenVerifier): void {
  readCounter(
    registry,
    {
      name: 'task_api_token_verifications_total',
      help: 'Tokens checked by their signature, and tokens known from memory.',
      labelNames: ['by'],
    },
    () => [
      [{ by: 'memory' }, tokens.cacheUse.hits],
      [{ by: 'signature' }, tokens.cacheUse.misses],
    ],
  );
  readGauge(
    registry,
    { name: 'task_api_tokens_remembered', help: 'Verified tokens in memory.' },
    () => unlabelled(tokens.cacheUse.size),
  );
}
