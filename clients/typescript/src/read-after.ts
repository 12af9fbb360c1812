import type { Middleware } from 'openapi-fetch';

const HEADER = 'X-Read-After';
/** Behind the number in a token of changes: its hour and its check digits. */
const DIGITS_BEHIND_NUMBER = 12;

/**
 * Lets reads run on replicas of the database that have what this client has written and read. A server
 * without replicas names no change, so nothing is sent to it.
 */
export class ReadAfter {
  /** The highest number of the answers; undefined where a read must see the newest state. */
  #latest: number | undefined;
  #timesForgotten = 0;
  /** Of requests that are under way: reads that began before it was forgotten must not bring it back. */
  readonly #begun = new Map<string, number>();

  readonly onRequest: NonNullable<Middleware['onRequest']> = ({ request, id }) => {
    this.#begun.set(id, this.#timesForgotten);
    if (isRead(request) && this.#latest !== undefined && !request.headers.has(HEADER))
      request.headers.set(HEADER, String(this.#latest));
  };

  readonly onResponse: NonNullable<Middleware['onResponse']> = ({ request, response, id }) => {
    const isCurrent = this.#end(id);
    const number = response.headers.get(HEADER);
    // A write that may have been made after all, such as one that is answered with 503.
    if (number === null && !isRead(request)) this.#forget();
    if (number !== null && (isCurrent || !isRead(request))) this.#raise(Number(number));
  };

  readonly onError: NonNullable<Middleware['onError']> = ({ request, id }) => {
    this.#end(id);
    if (!isRead(request)) this.#forget();
  };

  /** @param token of changes that have come by a stream, or from another tab */
  seen(token: string): void {
    const [digits = ''] = token.split('-');
    if (this.#latest !== undefined) this.#raise(Number(digits.slice(0, -DIGITS_BEHIND_NUMBER)));
  }

  #raise(number: number): void {
    this.#latest = Math.max(this.#latest ?? 0, number);
  }

  #forget(): void {
    this.#latest = undefined;
    this.#timesForgotten += 1;
  }

  #end(id: string): boolean {
    const isCurrent = this.#begun.get(id) === this.#timesForgotten;
    this.#begun.delete(id);
    return isCurrent;
  }
}

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}
