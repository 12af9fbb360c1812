import type { Request } from 'express';

declare module 'express-serve-static-core' {
  interface Request {
    /** When the request was received, on the clock of `performance.now()`. */
    receivedAt: number;
  }
}

/** What may be logged of any request: nothing of it that could hold what a user wrote. */
export interface RequestFacts {
  readonly method: string;
  /** Such as `/api/:user_id/tasks`; `none` where no route of this API fits. */
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

/** The path as it stands in the controller, never the one that was asked for. */
export function routeTemplate(request: Request): string {
  const route = request.route as { readonly path: string } | undefined;
  return route?.path ?? 'none';
}

export function elapsedMs({ receivedAt }: Request): number {
  return performance.now() - receivedAt;
}
