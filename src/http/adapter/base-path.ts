import type { Request } from 'express';
import { isBasePath } from '../../config/base-path';
import { ProblemError } from '../../problems/problem-error';

declare module 'express-serve-static-core' {
  interface Request {
    /**
     * What stands before the paths of the API where the client is, such as `/tasks-api`; or
     * nothing.
     */
    basePath: string;
  }
}

const HEADER = 'X-Forwarded-Prefix';
/**
 * What a target has before its path where a client takes this server for a proxy (RFC 9112 §3.2.2).
 */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*\/?/i;

/**
 * Determines the path at which the client sees the API: `configured` (BASE_PATH), which a proxy may
 * keep on the target or remove; otherwise what a trusted proxy says it has removed.
 * @returns the problem if a trusted proxy sends something that is no path
 */
export function locate(request: Request, configured: string): ProblemError | undefined {
  request.basePath = configured;
  request.url = request.url.replace(ABSOLUTE_FORM, '/');
  if (configured !== '') {
    if (request.url.startsWith(`${configured}/`))
      request.url = request.url.slice(configured.length);
    return undefined;
  }
  const forwarded = request.get(HEADER);
  if (forwarded === undefined || !comesFromTrustedProxy(request)) return undefined;
  const prefix = forwarded.replace(/\/$/, '');
  if (prefix !== '' && !isBasePath(prefix)) {
    const detail = 'must be one path such as /tasks-api';
    return new ProblemError('malformed-request', { faults: [{ header: HEADER, detail }] });
  }
  request.basePath = prefix;
  return undefined;
}

/** The rule by which Express trusts X-Forwarded-For (TRUST_PROXY). */
function comesFromTrustedProxy({ app, socket }: Request): boolean {
  const trusts = app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  return trusts(socket.remoteAddress, 0);
}
