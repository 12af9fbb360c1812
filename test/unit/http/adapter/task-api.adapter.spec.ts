import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { TaskApiAdapter } from '../../../../src/http/adapter/task-api.adapter';

const kindsOf = (...objects: readonly object[]): readonly unknown[] =>
  objects.map((object) => Object.getPrototypeOf(object) as unknown);

it('has Express change the prototype of no request and of no response', async () => {
  const adapter = new TaskApiAdapter();
  adapter.initHttpServer();
  const server = adapter.getHttpServer() as Server;
  const kinds: (readonly unknown[])[] = [];
  server.prependListener('request', (request, response) => {
    kinds.push(kindsOf(request, response));
  });
  adapter.use((request: Request, response: Response) => {
    kinds.push(kindsOf(request, response));
    response.json({ host: request.hostname });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const answer = await fetch(`http://127.0.0.1:${port}/`);
  server.close();

  expect(await answer.json()).toEqual({ host: '127.0.0.1' });
  const [born, taken] = kinds;
  expect(taken?.[0]).toBe(born?.[0]);
  expect(taken?.[1]).toBe(born?.[1]);
});
