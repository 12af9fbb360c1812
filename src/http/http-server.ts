import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_MEDIA_TYPE, problemDocument } from '../problem/problem-document';
import { PROBLEM_TYPES, type ProblemCode } from '../problem/problem-types';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Whoever takes nothing of an answer for so long keeps its bytes in memory. Later than any 408. */
const STALLED_TIMEOUT_MS = 60_000;
/** Longer than the idle time of common reverse proxies, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const DRAIN_DEADLINE_MS = 10_000;
/** A client that is busy has sent its next request by then. */
const IDLE_GRACE_MS = 1_000;

/** Node's parser names its faults; anything else is plain nonsense. */
const PROBLEM_BY_PARSER_CODE: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'header-fields-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Told of what was refused before it became a request, with the id that the answer carries. */
type OnRefused = (code: ProblemCode, requestId: string) => void;

/** Bounds what one connection may cost, and answers what never becomes a request. */
export function boundServer(server: Server, onRefused: OnRefused = () => undefined): void {
  const refusal = (code: ProblemCode): Refusal => {
    const requestId = randomUUID();
    onRefused(code, requestId);
    return refusalOf(code, requestId);
  };
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.timeout = STALLED_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) socket.destroy();
    else if (!closeBehindAnswer(socket))
      refuse(socket, refusal(PROBLEM_BY_PARSER_CODE[error.code ?? ''] ?? 'malformed-request'));
  });
  server.on('checkExpectation', (_request, response) => {
    const { status, headers, body } = refusal('expectation-failed');
    response.writeHead(status, headers).end(body);
  });
}

/**
 * Lets every client finish and go, while the server closes: answers from now on close their
 * connection, so that busy keep-alive clients leave after their next request, and none of them
 * fails. Past the deadline what remains is cut.
 */
export function drain(server: Server): void {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  // Closing a server cuts what is idle at that moment, where the next request is on its way perhaps.
  server.closeIdleConnections = () => undefined;
  // Again and again: a request that was under way may end at any time, and its answer keeps alive.
  const closing = setInterval(closeIdleConnections, IDLE_GRACE_MS).unref();
  server.once('close', () => clearInterval(closing));
  setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_DEADLINE_MS).unref();
}

/**
 * Where an earlier request, or the readable part of this one, has an answer on its way: a refusal
 * would overtake it, or follow it as a second one.
 * @returns whether that is so; the answer is then the last one on this connection
 */
function closeBehindAnswer(socket: Duplex): boolean {
  // Node's own name, of which it has no public one; without it, the refusal comes too early again.
  const { _httpMessage: response } = socket as { _httpMessage?: ServerResponse | null };
  if (response?.headersSent === true) {
    socket.end();
    return true;
  }
  if (response?.req.complete !== true) return false;
  response.shouldKeepAlive = false;
  return true;
}

function refuse(socket: Duplex, { status, headers, body }: Refusal): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

/** The answer to what never reaches the problem filter. */
interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function refusalOf(code: ProblemCode, requestId: string): Refusal {
  const body = JSON.stringify(problemDocument({ code, faults: [] }, requestId));
  const headers = {
    'Content-Type': PROBLEM_MEDIA_TYPE,
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    Connection: 'close',
  };
  return { status: PROBLEM_TYPES[code].status, headers, body };
}
