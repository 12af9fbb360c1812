import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { Caller } from '../app/tokens';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Message {
  readonly method: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object;
}

/** Sends many requests on a few connections that stay open, as a busy front end does. */
export class HttpSender {
  readonly #agent: Agent;

  /** @param patienceMs how long an answer may take before the request fails */
  constructor(
    readonly port: number,
    connections: number,
    private readonly patienceMs?: number,
  ) {
    this.#agent = new Agent({
      keepAlive: true,
      // All in turn: of some that lay idle, the server would close one just as it is used again.
      scheduling: 'fifo',
      maxSockets: connections,
      maxFreeSockets: connections,
    });
  }

  send(caller: Caller, { method, path, headers, body }: Message): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ agent: this.#agent, host: '127.0.0.1', port: this.port, method, path },
          ...(this.patienceMs !== undefined && { signal: AbortSignal.timeout(this.patienceMs) }),
          headers: {
            authorization: caller.authorization,
            ...(payload !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          });
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
