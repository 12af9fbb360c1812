import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Connections on which a message has ended where another server may not see its end. */
const doubtful = new WeakSet<Socket>();

/**
 * Whether everybody on the way reads the same message here. Node's parser refuses what RFC 9112 has
 * servers refuse, but for these (20.20 and 26.10): where codings differ, what one server takes for
 * a body the next one may take for a request.
 */
export function isFramedClearly(request: IncomingMessage): boolean {
  const coding = request.headers['transfer-encoding'];
  const clear =
    request.httpVersionMajor === 1 &&
    (coding === undefined || isChunkedAlone(coding, request)) &&
    !hasTwoHosts(request.rawHeaders);
  if (!clear) doubtful.add(request.socket);
  return clear;
}

/** Whether this request may be a part of the one before: Node goes on reading until that is answered. */
export function followsDoubtfulMessage({ socket }: IncomingMessage): boolean {
  return doubtful.has(socket);
}

/** §6.1: other codings are not understood here, and HTTP/1.0 has none. */
function isChunkedAlone(coding: string, { httpVersion }: IncomingMessage): boolean {
  return httpVersion === '1.1' && coding.toLowerCase() === 'chunked';
}

/** §3.2: the proxy may have chosen by the other one. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}
