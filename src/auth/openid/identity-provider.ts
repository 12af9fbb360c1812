import { Logger } from '@nestjs/common';
import { ProblemError } from '../../problems/problem-error';

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;
/** Discovery documents and key sets are a few kB. */
const MAXIMUM_DOCUMENT_BYTES = 1_048_576;

/**
 * Reads the JSON documents that an identity provider publishes. After a failure it rests, for 1 s
 * and then twice as long each time up to 30 s, and answers at once that the provider is unavailable.
 */
export class IdentityProvider {
  readonly #timeoutMs: number;
  readonly #logger = new Logger(IdentityProvider.name);
  #failures = 0;
  /** On the monotonic clock: a corrected system clock must not stretch the rest. */
  #restsUntil = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  get resting(): boolean {
    return performance.now() < this.#restsUntil;
  }

  /**
   * @param interpret throws when the document is not what it should be; that counts as a failure
   * @throws ProblemError `identity-provider-unavailable` with `Retry-After`
   */
  async read<T>(url: URL, interpret: (document: unknown) => T): Promise<T> {
    if (this.resting) throw this.#unavailable();
    try {
      const result = interpret(await fetchJson(url, this.#timeoutMs));
      this.#failures = 0;
      return result;
    } catch (cause) {
      this.#rest();
      this.#logger.warn(`Cannot use ${url.origin}${url.pathname}: ${reasonOf(cause)}`);
      throw this.#unavailable(cause);
    }
  }

  #rest(): void {
    const duration = Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS);
    this.#failures += 1;
    this.#restsUntil = performance.now() + duration;
  }

  #unavailable(cause?: unknown): ProblemError {
    const seconds = Math.max(1, Math.ceil((this.#restsUntil - performance.now()) / 1000));
    return new ProblemError('identity-provider-unavailable', {
      headers: { 'Retry-After': String(seconds) },
      cause,
    });
  }
}

/** A redirect is a failure: the keys come from the configured place or not at all. */
async function fetchJson(url: URL, timeoutMs: number): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { Accept: 'application/json, application/jwk-set+json' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`it answered with status ${response.status}`);
  }
  return JSON.parse(await readText(response));
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
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return (cause as Error | undefined)?.message ?? message;
}
