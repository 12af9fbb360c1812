import { Logger } from '@nestjs/common';
import { ProblemError } from '../../problems/problem-error';
import { fetchDocument, reasonOf } from './provider-document';

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/**
 * Reads the JSON documents that an identity provider publishes. After a failure it backs off, for 1
 * s and then twice as long each time up to 30 s, and meanwhile answers at once that the provider is
 * unavailable.
 */
export class IdentityProvider {
  readonly #timeoutMs: number;
  readonly #logger = new Logger(IdentityProvider.name);
  #failures = 0;
  /** On the monotonic clock: a corrected system clock must not prolong the back-off. */
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
   * @param remedy for the operator, where the document cannot be used
   * @throws ProblemError `identity-provider-unavailable` with `Retry-After`
   */
  async read<T>(url: URL, interpret: (document: unknown) => T, remedy = ''): Promise<T> {
    if (this.resting) throw this.#unavailable();
    try {
      const { document } = await fetchDocument(url, this.#timeoutMs);
      const result = interpret(document);
      this.#failures = 0;
      return result;
    } catch (cause) {
      this.#rest();
      this.#logger.warn(`Cannot use ${url.origin}${url.pathname}: ${reasonOf(cause)}${remedy}`);
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
