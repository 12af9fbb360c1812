/** Discovery documents and key sets are a few kB. */
const MAXIMUM_DOCUMENT_BYTES = 1_048_576;

/** What a provider publishes at a URL. */
export interface ProviderDocument {
  readonly document: unknown;
  /** When the provider says that it answered, in milliseconds; NaN where it does not say. */
  readonly answeredAtMs: number;
}

/**
 * A redirect is a failure: the keys come from the configured place or not at all.
 * @throws Error; `reasonOf` names its reason
 */
export async function fetchDocument(url: URL, timeoutMs: number): Promise<ProviderDocument> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { Accept: 'application/json, application/jwk-set+json' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answered with status ${response.status}`);
  }
  const answeredAtMs = Date.parse(response.headers.get('date') ?? '');
  return { document: JSON.parse(await readText(response)), answeredAtMs };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAXIMUM_DOCUMENT_BYTES) throw new Error('its document is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The cause of a failed fetch says more than its own message, "fetch failed". */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause as Error | undefined)?.message ?? message;
}
