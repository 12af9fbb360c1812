import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { sqlState } from '../database/database-errors';
import { requestFacts } from '../http/adapter/access-log';
import { errorFacts } from '../logging/error-facts';
import { Quota } from '../rate-limit/rate-limits';
import type { ProblemError } from '../problems/problem-error';
import { PROBLEM_TYPES, type ProblemCode } from '../problems/problem-types';

/** Row-level security refused a statement of ours: layer 3 held where layer 1 or 2 did not. */
const SCOPE_VIOLATION = '42501';
/** Answers to probes while the server stops in order: nothing has failed. */
const LEAVING: ProblemCode = 'shutting-down';
/**
 * Intended refusals: one user, or all, ask for too much; or the isolation is lost, which its watch
 * reports once a minute.
 */
const REFUSED: readonly ProblemCode[] = ['overloaded', 'isolation-lost', 'signing-key-unknown'];
const STACKS_A_MINUTE = 1;

/** Reports every problem to the operator: one log line, and counts for the metrics. */
@Injectable()
export class ProblemReports {
  readonly #logger = new Logger('Problem');
  readonly #counts = new Map<ProblemCode, number>();
  /** Otherwise a fault that hits every request would log its stack for every request. */
  readonly #stacks = new Quota('stacks', STACKS_A_MINUTE);
  #scopeViolations = 0;

  /** How often each problem was answered since the start. */
  get counts(): ReadonlyMap<ProblemCode, number> {
    return this.#counts;
  }

  /** How often the database refused a statement because of its scope: anything but 0 is a bug. */
  get scopeViolations(): number {
    return this.#scopeViolations;
  }

  /** Of a request that the application has answered. */
  report(problem: ProblemError, request: Request): void {
    const { code, reason } = problem;
    const { status } = PROBLEM_TYPES[code];
    this.#count(code);
    const facts = {
      code,
      status,
      ...(reason !== undefined && { reason }),
      ...requestFacts(request),
    };
    if (status < 500) {
      this.#logger.log({ msg: 'request refused', ...facts });
      return;
    }
    if (code === LEAVING) {
      this.#logger.debug({ msg: 'probe answered', ...facts });
      return;
    }
    if (REFUSED.includes(code)) {
      this.#logger.warn({ msg: 'request refused', ...facts });
      return;
    }
    const cause = problem.cause ?? problem;
    const violatesScope = sqlState(cause) === SCOPE_VIOLATION;
    if (violatesScope) this.#scopeViolations += 1;
    this.#logger.error({
      msg: violatesScope ? 'request failed: row-level security refused it' : 'request failed',
      ...facts,
      error: errorFacts(cause, code === 'internal-error' && this.#mayTellStack(cause)),
    });
  }

  /** Of a request whose client did not wait for the answer. */
  reportGone(request: Request): void {
    this.#logger.debug({ msg: 'client disconnected', ...requestFacts(request) });
  }

  /** Of bytes that never became a request. */
  reportUnreadable(code: ProblemCode, requestId: string): void {
    this.#count(code);
    const { status } = PROBLEM_TYPES[code];
    this.#logger.log({ msg: 'unreadable request refused', code, status, request_id: requestId });
  }

  #count(code: ProblemCode): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** Once a minute for each place that throws. */
  #mayTellStack(error: unknown): boolean {
    const { type, code = '', stack = [] } = errorFacts(error, true);
    return this.#stacks.take(`${type} ${code} ${stack[0] ?? ''}`).admitted;
  }
}
