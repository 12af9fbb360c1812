import type { Request } from 'express';

declare module 'express-serve-static-core' {
  interface Request {
    /** The caller's trace, for the log; absent if the caller named none. */
    traceId?: string;
  }
}

/** https://www.w3.org/TR/trace-context/ §3.2; versions to come may have more at the end. */
const TRACEPARENT =
  /^(?:00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)$/;
const ALL_ZERO = /-0+-/;

/** The trace id of a `traceparent`, or undefined where it is not valid: then it does not count. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, current, later] = TRACEPARENT.exec(traceparent) ?? [];
  return ALL_ZERO.test(traceparent.slice(0, 55)) ? undefined : (current ?? later);
}

export function readTraceContext(request: Request): void {
  const { traceparent } = request.headers;
  const traceId = typeof traceparent === 'string' ? traceIdOf(traceparent) : undefined;
  if (traceId !== undefined) request.traceId = traceId;
}
