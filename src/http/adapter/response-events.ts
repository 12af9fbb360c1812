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

/** Calls back once, when the answer has been sent or its connection has closed. */
export function onAnswerEnd(response: Response, listener: () => void): void {
  const { socket } = response.req;
  let hasEnded = false;
  const end = (): void => {
    // The socket may close its response while it calls its own listeners, this one among them.
    if (hasEnded) return;
    hasEnded = true;
    response.off('close', end);
    socket.off('close', end);
    listener();
  };
  response.once('close', end);
  // The answer to a pipelined request that waits for its turn gets no event.
  socket.once('close', end);
}

/** Ends the work for a request whose client has gone. There is nobody to answer. */
export class ClientGoneError extends Error {}

/** Aborted when the client hangs up before it has its answer. */
export function hangUpOf(response: Response): AbortSignal {
  const controller = new AbortController();
  const hangUp = (): void => {
    if (!response.writableFinished) controller.abort(new ClientGoneError());
  };
  if (response.req.socket.destroyed) hangUp();
  else onAnswerEnd(response, hangUp);
  return controller.signal;
}
