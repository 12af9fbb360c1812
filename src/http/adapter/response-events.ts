import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { Request, Response } from 'express';

const FINISH = 'http.server.response.finish';

interface Finished {
  readonly request: Request;
  readonly response: Response;
  readonly server: Server;
}

/**
 * Reports every request of this server whose answer has been written. Node's own channel costs
 * nothing while nobody listens, and no listener on each response
 * (https://nodejs.org/api/diagnostics_channel.html#http).
 * @returns what ends it
 */
export function onAnswered(
  server: Server,
  listener: (request: Request, response: Response) => void,
): () => void {
  const onFinish = (message: unknown): void => {
    const { request, response, server: from } = message as Finished;
    if (from === server) listener(request, response);
  };
  subscribe(FINISH, onFinish);
  return () => unsubscribe(FINISH, onFinish);
}
