import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { drain } from '../../../../src/http/adapter/http-server';
import { eventually } from '../../../support/app/eventually';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a server that stops', () => {
  let server: Server;
  let client: Socket;
  let finishSlow: (() => void) | undefined;

  beforeEach(async () => {
    server = createServer(({ url }, response) => {
      if (url === '/slow') finishSlow = () => response.end('done');
      else response.end('done');
    }).listen(0, '127.0.0.1');
    server.keepAliveTimeout = 60_000;
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
    client.write(REQUEST);
    await once(client, 'data');
  });
  afterEach(() => {
    jest.useRealTimers();
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

  it('lets a client go whose request was under way for longer than others may be idle', async () => {
    client.write(REQUEST.replace('/', '/slow'));
    await eventually(() => finishSlow !== undefined);
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'],
    });
    const closed = stop();
    jest.advanceTimersByTime(1_000);

    finishSlow?.();
    await once(client, 'data');
    jest.advanceTimersByTime(1_000);

    await Promise.all([closed, once(client, 'close')]);
  });

  it('waits for no client that has nothing to ask', async () => {
    await Promise.all([stop(), once(client, 'close')]);
  });
});
