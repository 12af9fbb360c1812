import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';
import { type FrontendMessage, FrontendReader } from './wire-messages';

/** Stands between the API and PostgreSQL, reads what the API says, and can come between them. */
export class WireProxy {
  /** Everything that clients have sent since `clear`, in the order of arrival. */
  readonly sent: FrontendMessage[] = [];
  /** What to pass on instead of a message. */
  tamper: (message: FrontendMessage) => Buffer = ({ bytes }) => bytes;
  /** How long everything takes in either direction; to be set before there are sessions. */
  latencyMs = 0;
  /** How long a new session waits before its server hears of it. */
  greetingMs = 0;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Those whose server owes an answer, from their first moment on. */
  readonly #owed = new Set<readonly [Socket, Socket]>();
  readonly #server: Server;
  #silent = false;
  #sleepsAt = 0;
  #opened = 0;

  private constructor(private target: ConnectionSettings) {
    this.#server = createServer((client) => {
      this.#relay(client);
    });
  }

  static async start(target: ConnectionSettings): Promise<WireProxy> {
    const proxy = new WireProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The same login, on this side of the proxy. */
  get settings(): ConnectionSettings {
    return { ...this.target, host: '127.0.0.1', port: this.port, ssl: false };
  }

  /** An endpoint whose API comes through the proxy; its owner still goes directly. */
  before(endpoint: DatabaseEndpoint): DatabaseEndpoint {
    return { ...endpoint, api: this.settings };
  }

  get sessions(): number {
    return this.#pairs.size;
  }

  /** How many there have been since `clear`. */
  get opened(): number {
    return this.#opened;
  }

  /** Whether a session waits for an answer, or for its greeting. */
  get isOwed(): boolean {
    return this.#owed.size > 0;
  }

  clear(): void {
    this.sent.length = 0;
    this.#opened = 0;
  }

  /** From now on no answer of the server arrives, like that of a frozen machine. */
  silence(): void {
    this.#silent = true;
    for (const [, server] of this.#pairs) server.pause();
  }

  /** The machine runs again, with all its sessions. */
  speak(): void {
    this.#silent = false;
    for (const [, server] of this.#pairs) server.resume();
  }

  /** From now on new sessions are answered again; those that there are stay silent. */
  answerAnew(): void {
    this.#silent = false;
  }

  /** Cuts every session, without a word from the server. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Leads to another server from now on, and cuts the sessions to this one. */
  leadTo(target: ConnectionSettings): void {
    this.target = target;
    this.cut();
  }

  /** Ends every session and refuses new ones, like a database that scales to zero. */
  async sleep(): Promise<void> {
    this.#sleepsAt = this.port;
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  /** Accepts sessions again. */
  async wake(): Promise<void> {
    this.#server.listen(this.#sleepsAt, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    this.#opened += 1;
    const server = connect(this.#targetAddress());
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    this.#owed.add(pair);
    if (this.#silent) server.pause();
    if (this.greetingMs > 0) {
      client.pause();
      setTimeout(() => client.resume(), this.greetingMs);
    }
    const reader = new FrontendReader();
    client.on('data', (chunk: Buffer) => {
      const messages = reader.read(chunk);
      this.sent.push(...messages);
      this.#owed.add(pair);
      this.#deliver(() =>
        server.write(Buffer.concat(messages.map((message) => this.tamper(message)))),
      );
    });
    server.on('data', (chunk) => {
      this.#owed.delete(pair);
      this.#deliver(() => client.write(chunk));
    });
    for (const [socket, other] of [pair, [server, client] as const]) {
      socket.on('error', () => undefined);
      socket.on('end', () => {
        this.#deliver(() => other.end());
      });
      socket.on('close', () => {
        // After what it said last.
        this.#deliver(() => other.destroy());
        this.#pairs.delete(pair);
        this.#owed.delete(pair);
      });
    }
  }

  #deliver(write: () => unknown): void {
    if (this.latencyMs === 0) write();
    else setTimeout(write, this.latencyMs);
  }

  #targetAddress(): NetConnectOpts {
    const { host = 'localhost', port = 5432 } = this.target;
    return host.startsWith('/') ? { path: join(host, `.s.PGSQL.${port}`) } : { host, port };
  }
}
