import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { boundServer } from '../../../src/http/http-server';
import { rawAnswers } from '../../support/raw-request';

describe('a client that takes its time', () => {
  let server: Server;

  beforeEach(async () => {
    server = createServer({ connectionsCheckingInterval: 20 }, (_request, response) => {
      response.end('late');
    });
    boundServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
  });

  it('has ten seconds for the head and thirty for the whole', () => {
    expect([server.headersTimeout, server.requestTimeout]).toEqual([10_000, 30_000]);
  });

  it.each([
    ['the head', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['the body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n'],
  ])('R4: loses the connection over %s', async (part, bytes) => {
    server.headersTimeout = 60;
    server.requestTimeout = 60;
    if (part === 'the body') server.removeAllListeners('request');

    const [answer] = await rawAnswers(server, bytes);

    expect(answer?.status).toBe(408);
    expect(answer?.headers).toMatchObject({
      'content-type': 'application/problem+json',
      connection: 'close',
    });
    expect(answer?.json).toMatchObject({ code: 'request-timeout', status: 408 });
  });
});
