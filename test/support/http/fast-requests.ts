import type { TestedApi } from '../app/tested-api';
import type { Caller } from '../app/tokens';

export interface FastAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly headers: Headers;
  /** Parsed JSON; undefined where there is no body. */
  readonly body: unknown;
}

export interface FastRequest {
  readonly ifMatch?: string | undefined;
  readonly key?: string;
  readonly body?: object | undefined;
}

/** A request over a connection that is kept, for tests that send thousands at once. */
export async function fast(
  app: TestedApi,
  { authorization }: Caller,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  { ifMatch, key, body }: FastRequest = {},
): Promise<FastAnswer> {
  const { port } = app;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      authorization,
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const { status, headers } = response;
  const parsed: unknown = text === '' ? undefined : JSON.parse(text);
  return { status, etag: headers.get('etag'), headers, body: parsed };
}

/** The same work this many times at once. */
export function atOnce<Result>(
  times: number,
  work: (index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)));
}
