import type { ProblemError, RequestFault } from './problem-error';
import { PROBLEM_TYPES, type ProblemCode } from './problem-types';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const MAX_FAULTS = 20;

/** Body of every error answer (RFC 9457). No `instance`: `request_id` names the occurrence. */
export interface ProblemDocument {
  /** Reference of a page served by this API, relative to its root. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly request_id: string;
  readonly errors?: readonly RequestFault[];
}

export function problemDocument(
  {
    code,
    faults,
    detail,
  }: Pick<ProblemError, 'code' | 'faults'> & Partial<Pick<ProblemError, 'detail'>>,
  requestId: string,
): ProblemDocument {
  const { status, title, advice } = PROBLEM_TYPES[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: detail ?? advice,
    code,
    request_id: requestId,
    ...(faults.length > 0 && { errors: faults.slice(0, MAX_FAULTS) }),
  };
}
