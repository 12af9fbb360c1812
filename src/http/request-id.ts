import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

declare module 'express-serve-static-core' {
  interface Request {
    /** Names this request in its answer, in problems and in the log. */
    requestId: string;
  }
}

/** A client's own id is kept if it is harmless in a header and in a log line. */
const ACCEPTABLE_ID = /^[\w.:+/=-]{1,64}$/;

export function assignRequestId(request: Request, response: Response): void {
  const given = request.headers['x-request-id'];
  request.requestId = typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', request.requestId);
}
