import type { ProblemCode } from './problem-types';

/** One faulty place in a request. It names the place and the rule, and never repeats the input. */
export type RequestFault =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string }
  | { readonly header: string; readonly detail: string };

export interface ProblemDetails {
  /** Faulty places, for codes that have them. The answer carries at most the first 20. */
  readonly faults?: readonly RequestFault[];
  /**
   * What to do about this occurrence, where the advice of the type says too little. It holds no
   * input.
   */
  readonly detail?: string | undefined;
  /** Response headers that belong to the problem, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log: a constant text that repeats nothing of the request. */
  readonly reason?: string;
  /** For the log only; the client never sees it. */
  readonly cause?: unknown;
}

/** The only error that carries an answer for the client. Services know its code, never a status. */
export class ProblemError extends Error {
  readonly faults: readonly RequestFault[];
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string | undefined;

  constructor(
    readonly code: ProblemCode,
    { faults = [], detail, headers = {}, reason, cause }: ProblemDetails = {},
  ) {
    super(code, { cause });
    this.name = 'ProblemError';
    this.faults = faults;
    this.detail = detail;
    this.headers = headers;
    this.reason = reason;
  }
}

const RETRY_AFTER_SECONDS = '1';

/** A problem that may be gone a second later. @param cause for the log only */
export function retryLater(code: ProblemCode, cause?: unknown): ProblemError {
  return new ProblemError(code, { headers: { 'Retry-After': RETRY_AFTER_SECONDS }, cause });
}
