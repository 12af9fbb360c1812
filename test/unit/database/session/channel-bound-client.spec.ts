import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ChannelBoundClient,
  ChannelNotBoundError,
} from '../../../../src/database/session/channel-bound-client';

function message(type: string, ...parts: readonly (string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part);
      const int = Buffer.alloc(4);
      int.writeInt32BE(part);
      return int;
    }),
  );
  const head = Buffer.from(`${type}....`);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const READY = message('Z', 'I');
const LOGGED_IN = message('R', 0);
const PLUS = message('R', 10, 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0');

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A server that answers the first message of a session by these. */
async function serverThatSays(...answers: readonly Buffer[]) {
  const heard: string[] = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat(answers));
      socket.on('data', (chunk) => heard.push(chunk.toString('latin1')));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { heard, port };
}

/** As over TLS: pg asks the stream for the certificate before it begins to bind the channel. */
const encrypted = () =>
  Object.assign(new Socket(), { getPeerCertificate: () => ({ raw: Buffer.alloc(0) }) });

async function loginAt(port: number): Promise<void> {
  const client = new ChannelBoundClient({
    host: '127.0.0.1',
    port,
    user: 'app',
    password: 'hunter2',
    stream: encrypted,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}

describe('a login that must be bound to its channel', () => {
  it.each([
    ['a password', [message('R', 3)]],
    ['a hash of the password', [message('R', 5, 'salt')]],
    ['a proof without the channel', [message('R', 10, 'SCRAM-SHA-256\0\0')]],
    ['nothing', [LOGGED_IN, READY]],
    ['nothing, without a word about it', [READY]],
    ['the beginning of a proof', [PLUS, LOGGED_IN, READY]],
    ['the beginning of a proof, and is ready', [PLUS, READY]],
  ])('ends, and tells nothing, where the server wants %s', async (_, answers) => {
    const { heard, port } = await serverThatSays(...answers);

    await expect(loginAt(port)).rejects.toThrow(ChannelNotBoundError);

    expect(heard.join('')).not.toMatch(/hunter2|md5/);
  });
});
