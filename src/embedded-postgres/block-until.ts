const POLL_MS = 10;

/** Waits in an exit handler, where nothing asynchronous runs any more. */
export function blockUntil(isOver: () => boolean, atMostMs: number): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + atMostMs;
  while (!isOver() && Date.now() < deadline) Atomics.wait(clock, 0, 0, POLL_MS);
}
