import { once } from 'node:events';
import { connect } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body parsed; undefined where it is not JSON. */
  readonly json: unknown;
}

/**
 * Writes bytes that no HTTP client would write and reads what comes back, until the server closes
 * the connection: a test that does not end says that the server did not.
 */
export async function rawAnswers(
  port: number,
  bytes: string | Uint8Array,
): Promise<readonly RawAnswer[]> {
  const socket = connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  // What the server did not read is reset when it closes; what it wrote before has come through.
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return answersIn(Buffer.concat(received));
}

function answersIn(bytes: Buffer): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`Not an HTTP answer: ${rest.toString('latin1')}`);
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(lines.map(headerIn));
    const from = end + 4;
    const length = Number(headers['content-length'] ?? 0);
    const text = rest.subarray(from, from + length).toString();
    const status = Number(statusLine.split(' ')[1]);
    answers.push({ status, headers, text, json: jsonIn(text) });
    rest = rest.subarray(from + length);
  }
  return answers;
}

function headerIn(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
