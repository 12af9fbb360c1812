/** How work ended: `fulfilled`, the SQLSTATE or problem code of its error, or the error's message. */
export function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'fulfilled',
    (error: unknown) => {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      return code ?? message;
    },
  );
}
