import type { Response } from 'express';
import { onAnswerEnd } from './answer-end';

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
