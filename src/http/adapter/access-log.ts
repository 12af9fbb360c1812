import { Logger } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Request } from 'express';
import { onAnswered } from './response-events';

const FIRST_REFUSAL = 400;

/** One line for each successful request; ProblemReports logs the others. */
export function logAnswers(server: Server): void {
  const logger = new Logger('Request');
  const stop = onAnswered(server, (request, response) => {
    const status = response.statusCode;
    if (status >= FIRST_REFUSAL) return;
    logger.debug({ msg: 'request answered', status, ...requestFacts(request) });
  });
  server.once('close', stop);
}

/** The fields of any request that may be logged: none can contain user data. */
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
