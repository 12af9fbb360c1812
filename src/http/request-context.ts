import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

declare module 'express-serve-static-core' {
  interface Request {
    /** When the request was received, on the clock of `performance.now()`. */
    receivedAt: number;
    /** Names this request in its answer, in problems and in the log. */
    requestId: string;
    /** The caller's trace, for the log; absent if the caller named none. */
    traceId?: string;
    /** Its answer goes on for as long as the client likes, so its duration says nothing. */
    isStream?: true;
  }
}

/** A client's own id is kept if it is safe in a header and a log line. */
const ACCEPTABLE_ID = /^[\w.:+/=-]{1,64}$/;

export function assignRequestId(request: Request, response: Response): void {
  const given = request.headers['x-request-id'];
  request.requestId = typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', request.requestId);
}

/** https://www.w3.org/TR/trace-context/ §3.2; versions to come may have more at the end. */
const TRACEPARENT =
  /^(?:00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)$/;
const ALL_ZERO = /-0+-/;

/** The trace id of a `traceparent`; undefined if that is not valid. */
export function traceIdOf(traceparent: string): string | undefined {
  const [, current, later] = TRACEPARENT.exec(traceparent) ?? [];
  return ALL_ZERO.test(traceparent.slice(0, 55)) ? undefined : (current ?? later);
}

export function readTraceContext(request: Request): void {
  const { traceparent } = request.headers;
  const traceId = typeof traceparent === 'string' ? traceIdOf(traceparent) : undefined;
  if (traceId !== undefined) request.traceId = traceId;
}

/** What may be logged of any request: nothing that could contain user data. */
export interface RequestFacts {
  readonly method: string;
  /** Such as `/api/:user_id/tasks`; `none` if no route matches. */
  readonly route: string;
  readonly duration_ms: number;
  readonly request_id: string;
  readonly trace_id?: string;
  /** Absent before the caller is known, and on public routes. */
  readonly user_id?: string;
}

export function requestFacts(request: Request): RequestFacts {
  const { method, requestId, traceId, userScope } = request;
  return {
    method,
    route: routeTemplate(request),
    duration_ms: Math.round(elapsedMs(request) * 1_000) / 1_000,
    request_id: requestId,
    ...(traceId !== undefined && { trace_id: traceId }),
    ...(userScope !== undefined && { user_id: userScope.userId }),
  };
}

/** The path as the controller declares it, never the requested one. */
export function routeTemplate(request: Request): string {
  const route = request.route as { readonly path: string } | undefined;
  return route?.path ?? 'none';
}

export function elapsedMs({ receivedAt }: Request): number {
  return performance.now() - receivedAt;
}
