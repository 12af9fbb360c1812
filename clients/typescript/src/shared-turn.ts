/** Runs `work` in one tab at a time, among those that share a name. Without Web Locks each tab runs it. */
export async function takingTurns(
  name: string | undefined,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  if (name === undefined || locks === undefined) return work();
  await locks.request(name, { signal }, work);
}

/** Resolves when the tab can be seen. Outside of a browser that is at once. */
export async function shown(signal: AbortSignal): Promise<void> {
  const { document } = globalThis as { document?: Document };
  while (document?.hidden === true && !signal.aborted) await nextOf(document, signal);
}

/** Aborted when the tab is hidden, or by the other signal. */
export function whileShown(signal: AbortSignal): AbortSignal {
  const { document } = globalThis as { document?: Document };
  if (document === undefined) return signal;
  const hidden = new AbortController();
  void nextOf(document, AbortSignal.any([signal, hidden.signal])).then(() => hidden.abort());
  return AbortSignal.any([signal, hidden.signal]);
}

function nextOf(document: Document, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const options = { once: true, signal };
    document.addEventListener('visibilitychange', () => resolve(), options);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
