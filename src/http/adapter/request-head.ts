import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Request, Response } from 'express';
import { isBasePath } from '../../config/http/base-path';
import { ProblemError, type RequestFault } from '../../problems/problem-error';
import { randomUUID } from 'node:crypto';

declare module 'express-serve-static-core' {
  interface Request {
    /** When the request was received, on the clock of `performance.now()`. */
    receivedAt: number;
    /** Names this request in its answer, in problems and in the log. */
    requestId: string;
    /** The caller's trace, for the log; absent if the caller named none. */
    traceId?: string;
    /** Its answer lasts as long as the client likes, so its duration means nothing. */
    isStream?: true;
    /** What stands before the paths of the API where the client is, such as `/tasks-api`; or nothing. */
    basePath: string;
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

/** Of these, Node keeps the first and others on the way perhaps the last (RFC 9110 §5.3: they come once). */
const SINGLE_FIELDS = ['Host', 'Authorization', 'Content-Type'] as const;
/** Their lengths differ, so most other names are ruled out by length alone. */
const SINGLE_FIELD_BY_LENGTH = new Map(SINGLE_FIELDS.map((field) => [field.length, field]));

/** A name or an address, and perhaps a port (RFC 9110 §7.2); one that another server may read as two is neither. */
const HOST = /^(?:[a-z\d._~%-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

const PREFIX_HEADER = 'X-Forwarded-Prefix';
/** The beginning of a target if a client takes this server for a proxy (RFC 9112 §3.2.2). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*\/?/i;

/** Connections with a message whose end another server may see elsewhere. */
const doubtful = new WeakSet<Socket>();

/**
 * The problem of a message that another server on the way may read differently. Node's parser
 * refuses what RFC 9112 has servers refuse, but for these (20.20 and 26.10): if codings differ, one
 * server may take for a request what another takes for a body. So the connection closes behind it.
 */
export function problemOfMessage(request: IncomingMessage): ProblemError | undefined {
  const faults = faultsOf(request);
  if (faults === undefined) return undefined;
  doubtful.add(request.socket);
  return new ProblemError('malformed-request', { faults, headers: { Connection: 'close' } });
}

/** Whether this request may be a part of the one before: Node goes on reading until that is answered. */
export function followsDoubtfulMessage({ socket }: IncomingMessage): boolean {
  return doubtful.has(socket);
}

function faultsOf(request: IncomingMessage): readonly RequestFault[] | undefined {
  // No field is to blame for the version.
  if (request.httpVersionMajor !== 1) return [];
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && !isChunkedAlone(coding, request)) {
    const detail = 'must be chunked and nothing else, in HTTP/1.1';
    return [{ header: 'Transfer-Encoding', detail }];
  }
  const header = repeatedField(request.rawHeaders);
  if (header !== undefined) return [{ header, detail: 'must be given once' }];
  const detail = hostFault(request);
  return detail === undefined ? undefined : [{ header: 'Host', detail }];
}

/** RFC 9112 §3.2: every request of HTTP/1.1 names its host. */
function hostFault({ headers: { host }, httpVersion }: IncomingMessage): string | undefined {
  if (host === undefined) {
    return httpVersion === '1.0' ? undefined : 'must be given: HTTP/1.1 requires it';
  }
  return HOST.test(host) ? undefined : 'must be one host name or address, and perhaps a port';
}

/** §6.1: other codings are not understood here, and HTTP/1.0 has none. */
function isChunkedAlone(coding: string, { httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && coding.toLowerCase() === 'chunked';
}

function repeatedField(rawHeaders: readonly string[]): string | undefined {
  let seen = '';
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const field = SINGLE_FIELD_BY_LENGTH.get(name.length);
    if (field === undefined) continue;
    if (name.toLowerCase() !== field.toLowerCase()) continue;
    if (seen.includes(field)) return field;
    seen += field;
  }
  return undefined;
}

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
  const forwarded = request.get(PREFIX_HEADER);
  if (forwarded === undefined || !comesFromTrustedProxy(request)) return undefined;
  const prefix = forwarded.replace(/\/$/, '');
  if (prefix !== '' && !isBasePath(prefix)) {
    const detail = 'must be one path such as /tasks-api';
    return new ProblemError('malformed-request', { faults: [{ header: PREFIX_HEADER, detail }] });
  }
  request.basePath = prefix;
  return undefined;
}

/** The rule by which Express trusts X-Forwarded-For (TRUST_PROXY). */
function comesFromTrustedProxy({ app, socket }: Request): boolean {
  const trusts = app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  return trusts(socket.remoteAddress, 0);
}
