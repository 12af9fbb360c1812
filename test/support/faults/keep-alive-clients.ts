import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { eventually } from '../app/eventually';
import type { StoredTask } from './history-audit';
import type { Caller } from '../app/tokens';

/**
 * Clients who create tasks as fast as they are answered, each on one connection, until the server
 * says that it closes that one: whoever fails before has been let down.
 */
export class KeepAliveClients {
  readonly counts = { '2xx': 0, '4xx': 0, '5xx': 0, aborted: 0 };
  readonly failures: string[] = [];
  longestWaitMs = 0;
  readonly #created: string[] = [];
  readonly #running: Promise<unknown>;
  readonly #held: Socket[] = [];

  constructor(
    private readonly port: number,
    private readonly caller: Caller,
    count: number,
  ) {
    this.#running = Promise.all(Array.from({ length: count }, () => this.#work()));
  }

  async answered(requests: number): Promise<void> {
    await eventually(() => this.counts['2xx'] >= requests);
  }

  /** Waits until every client has been sent away. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** A request whose body never arrives. */
  async hold(): Promise<void> {
    const socket = connect(this.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `POST /api/me/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: ${this.caller.authorization}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    this.#held.push(socket);
  }

  close(): void {
    for (const socket of this.#held) socket.destroy();
  }

  async lost(stored: () => Promise<readonly StoredTask[]>): Promise<readonly string[]> {
    const ids = new Set((await stored()).map(({ id }) => id));
    return this.#created.filter((id) => !ids.has(id));
  }

  async #work(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let isOpen = true; isOpen;) {
      const began = performance.now();
      try {
        const answer = await this.#create(agent);
        isOpen = answer.headers.connection !== 'close';
      } catch (error) {
        this.counts.aborted += 1;
        this.failures.push((error as Error).message);
        isOpen = false;
      }
      this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - began);
    }
    agent.destroy();
  }

  async #create(agent: Agent): Promise<IncomingMessage> {
    const body = JSON.stringify({ title: 'busy' });
    const outgoing = request({
      ...{ agent, host: '127.0.0.1', port: this.port, method: 'POST', path: '/api/me/tasks' },
      headers: {
        authorization: this.caller.authorization,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (answer.statusCode === 201) {
      this.counts['2xx'] += 1;
      this.#created.push((JSON.parse(text) as { id: string }).id);
    } else {
      this.failures.push(`${answer.statusCode} ${text}`);
    }
    return answer;
  }
}
