import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prometheusContentType } from 'prom-client';
import {
  answerUnreadable,
  CONNECTION_LIMITS,
  createBoundServer,
  refuseRequest,
} from '../http/adapter/http-server';
import { problemOfMessage } from '../http/adapter/request-head';

const PATH = '/metrics';
/** A scrape has no body, so the head is the whole of it. */
const LIMITS = { ...CONNECTION_LIMITS, requestMs: CONNECTION_LIMITS.headersMs };

/** The server cannot listen on the admin port; the message says what to change. */
export class AdminPortError extends Error {
  constructor(cause: Error) {
    super(`${cause.message}: change ADMIN_PORT or ADMIN_HOST`, { cause });
    this.name = 'AdminPortError';
  }
}

/** Where metrics are served. */
export interface AdminServer {
  /** Such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves metrics on a separate port, for the operator's network alone. It is independent of the
 * application, so a process can serve its own metrics, and the primary those of all workers.
 * @throws AdminPortError
 */
export async function serveMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  scrape: () => Promise<string>,
): Promise<AdminServer> {
  const server = createBoundServer(LIMITS, answerWith(scrape), { requireHostHeader: false });
  answerUnreadable(server);
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    throw new AdminPortError(error as Error);
  }
  return { url: urlOf(server, host), close: () => close(server) };
}

function answerWith(scrape: () => Promise<string>): RequestListener {
  return (request, response) => {
    const answer = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        ...headers,
      });
      response.end(text);
    };
    const problem = problemOfMessage(request);
    if (problem !== undefined) {
      refuseRequest(response, problem);
    } else if (request.url?.split('?')[0] !== PATH) {
      answer(404, `The metrics are at ${PATH}\n`);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(405, 'Metrics can only be read\n', { Allow: 'GET, HEAD' });
    } else {
      scrape().then(
        (text) => answer(200, text, { 'Content-Type': prometheusContentType }),
        () => answer(500, 'The metrics could not be read\n'),
      );
    }
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${PATH}`;
}
