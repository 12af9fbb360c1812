import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/**
 * One keep-alive connection that has one request in flight at a time. It understands just enough of
 * HTTP to find the end of an answer, so that the generator leaves the processors to the server.
 */
export class HttpConnection {
  #received = '';
  #settle: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    // One character for each byte, so that lengths are lengths in bytes.
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed a connection')));
  }

  static open(url: string): Promise<HttpConnection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  /** @returns the status of the answer, once its body is there too */
  send(text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.socket.write(text, 'latin1');
    });
  }

  close(): void {
    this.socket.removeAllListeners('close').destroy();
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const status = Number(head.slice(9, 12));
    if (!this.#isWhole(head, status, headEnd + HEAD_END.length)) return;
    this.#received = '';
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve(status);
  }

  #isWhole(head: string, status: number, bodyStart: number): boolean {
    if (status === 204 || status === 304) return true;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.#received.endsWith(LAST_CHUNK);
    return this.#received.length - bodyStart >= Number(length);
  }

  #fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}
