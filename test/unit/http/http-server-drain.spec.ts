import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { drain } from '../../../src/http/http-server';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a server that stops', () => {
  let server: Server;
  let client: Socket;

  beforeEach(async () => {
    server = createServer((_request, response) => response.end('done')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
    client.write(REQUEST);
    await once(client, 'data');
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
  });

  function stop(): Promise<unknown> {
    drain(server);
    const closed = once(server, 'close');
    server.close();
    return closed;
  }

  it('answers a client whose next request was on its way, and lets it go', async () => {
    const closed = stop();
    client.write(REQUEST);

    const [answer] = (await once(client, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n/);
    await closed;
  });

  it('waits for no client that has nothing to ask', async () => {
    await Promise.all([stop(), once(client, 'close')]);
  });
});
