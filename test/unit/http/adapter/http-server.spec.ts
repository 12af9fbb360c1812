import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  answerUnreadable,
  CONNECTION_LIMITS,
  createBoundServer,
} from '../../../../src/http/adapter/http-server';
import { rawAnswers } from '../../../support/wire/raw-request';

/** More than the buffers of both ends take. */
const LARGE = 'x'.repeat(64 * 1024 ** 2);

describe('a client that takes its time', () => {
  let server: Server;

  beforeEach(async () => {
    const limits = { ...CONNECTION_LIMITS, headersMs: 60, requestMs: 60 };
    server = createBoundServer({ ...limits, checkEveryMs: 20 }, (_request, response) => {
      response.end(LARGE);
    });
    answerUnreadable(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
  });

  it('R4: loses the connection over an answer that it does not take', async () => {
    server.timeout = 60;
    const answering = once(server, 'connection') as Promise<[Socket]>;
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [socket] = await answering;

    await once(socket, 'close');

    expect(socket.bytesWritten).toBeGreaterThan(0);
    client.destroy();
  });

  it.each([
    ['the head', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['the body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n'],
  ])('R4: loses the connection over %s', async (part, bytes) => {
    if (part === 'the body') server.removeAllListeners('request');

    const [answer] = await rawAnswers((server.address() as AddressInfo).port, bytes);

    expect(answer?.status).toBe(408);
    expect(answer?.headers).toMatchObject({
      'content-type': 'application/problem+json',
      connection: 'close',
    });
    expect(answer?.json).toMatchObject({ code: 'request-timeout', status: 408 });
  });
});
