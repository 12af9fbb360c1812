import type { Response } from 'express';

/** Calls back once, when the answer has been sent or its connection has closed. */
export function onAnswerEnd(response: Response, listener: () => void): void {
  const { socket } = response.req;
  let hasEnded = false;
  const end = (): void => {
    // The socket may close its response while it tells its own listeners, this one among them.
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
