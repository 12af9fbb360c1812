import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_MEDIA_TYPE, problemDocument } from '../../problems/problem-document';
import type { ProblemError, RequestFault } from '../../problems/problem-error';
import { PROBLEM_TYPES, type ProblemCode } from '../../problems/problem-types';

/** The limits of a connection, which docs/security.md promises. */
export interface ConnectionLimits {
  readonly headerBytes: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** A client that reads nothing of an answer for this long is disconnected. */
  readonly stalledMs: number;
  readonly idleMs: number;
  /** How long a request may wait for admission, behind others of its caller. */
  readonly waitMs: number;
  /** How often Node looks for connections past the first two; by default, every 30 s. */
  readonly checkEveryMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  // Later than any 408.
  stalledMs: 60_000,
  // Longer than the idle time of common reverse proxies, so that they close first.
  idleMs: 65_000,
  // A crowd that is refused comes back at once, and refusals cost as much as answers.
  waitMs: 5_000,
  checkEveryMs: 1_000,
};

const DRAIN_DEADLINE_MS = 10_000;
/** A reset could overtake an answer that the client has not read yet. */
const LINGER_MS = 1_000;
/** A client that is busy has sent its next request by then. */
const IDLE_GRACE_MS = 1_000;

/** Node's parser names its faults; anything else is malformed. */
const PROBLEM_BY_PARSER_CODE: Readonly<Record<string, ProblemCode>> = {
  // Such as letters that are not percent-encoded.
  HPE_INVALID_URL: 'malformed-uri',
  HPE_HEADER_OVERFLOW: 'header-fields-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Called for what is refused before it becomes a request, with the id of the answer. */
type OnRefused = (code: ProblemCode, requestId: string) => void;

/** An HTTP server, not listening yet, that bounds what one connection may cost. */
export function createBoundServer(
  limits: ConnectionLimits,
  listener: RequestListener,
  options: ServerOptions = {},
): Server {
  const server = createServer(
    {
      ...options,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    listener,
  );
  server.timeout = limits.stalledMs;
  return server;
}

/** Answers input that never becomes a request. */
export function answerUnreadable(server: Server, onRefused: OnRefused = () => undefined): void {
  const refusal = (code: ProblemCode): Refusal => {
    const requestId = randomUUID();
    onRefused(code, requestId);
    return refusalOf(code, requestId);
  };
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

/** Answers a request that no filter sees, and closes its connection. */
export function refuseRequest(response: ServerResponse, { code, faults }: ProblemError): void {
  const { status, headers, body } = refusalOf(code, randomUUID(), faults);
  response.writeHead(status, headers).end(body);
}

/**
 * Lets every client finish while the server closes: answers from now on close their connection, so
 * that busy keep-alive clients leave after their next request, and none fails. After the deadline
 * the rest is cut.
 */
export function drain(server: Server): void {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  // Closing a server cuts idle connections, whose next request may be on its way.
  server.closeIdleConnections = () => undefined;
  // Again and again: a request that was under way may end at any time, and its answer keeps alive.
  const closing = setInterval(closeIdleConnections, IDLE_GRACE_MS).unref();
  server.once('close', () => clearInterval(closing));
  setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_DEADLINE_MS).unref();
}

/**
 * Where an earlier request, or the readable part of this one, has its answer, or has it on its way:
 * a refusal would overtake it, or follow it as a second one.
 * @returns whether that is so; the answer is then the last one on this connection
 */
function closeBehindAnswer(socket: Duplex): boolean {
  // Node's own names, of which it has no public ones; without them, the refusal is sent again.
  const { _httpMessage: response, parser } = socket as {
    _httpMessage?: ServerResponse | null;
    parser?: { readonly incoming?: IncomingMessage | null } | null;
  };
  const isAnswered = response == null && parser?.incoming?.complete === false;
  if (isAnswered || response?.headersSent === true) {
    end(socket);
    return true;
  }
  if (response?.req.complete !== true) return false;
  response.shouldKeepAlive = false;
  return true;
}

function refuse(socket: Duplex, { status, headers, body }: Refusal): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  end(socket, `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

/** Lets the client read the last bytes, but not keep sending. */
function end(socket: Duplex, lastBytes = ''): void {
  socket.end(lastBytes);
  setTimeout(() => {
    socket.destroy();
  }, LINGER_MS).unref();
}

/** The answer to what never reaches the problem filter. */
interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function refusalOf(
  code: ProblemCode,
  requestId: string,
  faults: readonly RequestFault[] = [],
): Refusal {
  const body = JSON.stringify(problemDocument({ code, faults }, requestId));
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
