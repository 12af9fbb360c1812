/** How requests are repeated that the server could not take: 429 and 503. */
export interface RetryOptions {
  /** Attempts in all, the first one included; 4 unless told. 1 repeats nothing. */
  readonly attempts?: number;
  /** Longest wait before one attempt, in milliseconds; 60,000 unless told. */
  readonly maxDelayMs?: number;
}

export type Fetch = (request: Request) => Promise<Response>;

const TRY_LATER = [429, 503];
const FIRST_DELAY_MS = 250;

/**
 * A fetch that repeats what is safe to repeat. A server that asks for a longer pause than
 * `maxDelayMs` is not asked again: its answer is returned.
 * @throws the reason of the request's AbortSignal, also while it waits
 */
export function retrying(
  fetch: Fetch,
  { attempts = 4, maxDelayMs = 60_000 }: RetryOptions = {},
  mayRepeat: (request: Request) => boolean = isRepeatable,
): Fetch {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= attempts || !mayRepeat(request);
      const response = await fetch(isLast ? request : request.clone());
      if (isLast || !TRY_LATER.includes(response.status)) return response;
      const delayMs = retryAfterMs(response) ?? FIRST_DELAY_MS * 2 ** (attempt - 1);
      if (delayMs > maxDelayMs) return response;
      await response.body?.cancel();
      // Spread, so that clients that were refused together do not come back together.
      await pause(delayMs + Math.random() * FIRST_DELAY_MS, request.signal);
    }
  };
}

/**
 * Whether a second execution would leave what the first one left. A 503 does not tell whether the
 * first one happened.
 */
export function isRepeatable({ method, url, headers }: Request): boolean {
  const { pathname } = new URL(url);
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'PUT':
    case 'DELETE':
      return true;
    case 'POST':
      return headers.has('Idempotency-Key') || pathname.endsWith('/api/users');
    case 'PATCH':
      // A merge patch sets values. A toggle (no body) may be repeated only under a key, or for one version.
      return (
        !pathname.endsWith('/complete') ||
        headers.has('Idempotency-Key') ||
        headers.has('Content-Type') ||
        namesOneVersion(headers.get('If-Match'))
      );
    default:
      return false;
  }
}

/** `*` matches every version, and a list may hold the version that the first execution made. */
function namesOneVersion(ifMatch: string | null): boolean {
  return ifMatch !== null && /^"[^"]*"$/.test(ifMatch);
}

/** Retry-After in milliseconds from now (RFC 9110 §10.2.3: seconds, or a date). */
export function retryAfterMs({ headers }: Response, nowMs = Date.now()): number | undefined {
  const text = headers.get('Retry-After');
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** @throws the reason of the signal */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
