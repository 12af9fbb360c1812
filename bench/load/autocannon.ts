import autocannon from 'autocannon';
import { type ClosedLoop, type LoadResult, RequestsExhaustedError } from './load-result';

/**
 * Loads a server from this process, where there is no wrk.
 * @throws RequestsExhaustedError
 */
export async function loadWithAutocannon({
  url,
  requests,
  connections,
  seconds,
  once,
}: ClosedLoop): Promise<LoadResult> {
  let sent = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        setupRequest: (blank) => {
          const request = requests[sent % requests.length];
          sent += 1;
          if (request === undefined) return blank;
          const { method, path, token, body } = request;
          const headers = {
            accept: 'application/json',
            authorization: `Bearer ${token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          };
          return { ...blank, method, path, headers, ...(body !== undefined && { body }) };
        },
      },
    ],
  });
  if (once && sent > requests.length) throw new RequestsExhaustedError();
  const { p50, p90, p99 } = result.latency;
  return {
    requests: result.requests.total,
    seconds: result.duration,
    failures: result.non2xx + result.errors,
    latency: { p50, p90, p99 },
  };
}
