import type { BenchRequest } from '../routes';
import { latencyOf } from '../statistics';
import { HttpConnection } from './http-connection';
import { httpText } from './http-text';
import type { TimedLoadResult } from './load-result';

/**
 * Sends every request once, in a closed loop: for warming up, which is a matter of requests served
 * and not of time, and for the latency that a single client sees.
 */
export async function sendAll(
  url: string,
  requests: readonly BenchRequest[],
  connections: number,
): Promise<TimedLoadResult & { readonly failed: string | undefined }> {
  const latencies: number[] = [];
  let next = 0;
  let failures = 0;
  let failed: string | undefined;
  const sendInTurn = async (): Promise<void> => {
    const connection = await HttpConnection.open(url);
    try {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const sent = performance.now();
        const status = await connection.send(httpText(request));
        latencies.push(performance.now() - sent);
        if (status >= 200 && status <= 299) continue;
        failures += 1;
        failed = `${request.method} ${request.path} answered ${status}`;
      }
    } finally {
      connection.close();
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, sendInTurn));
  const seconds = (performance.now() - started) / 1_000;
  const latency = latencyOf(latencies);
  return { requests: requests.length, seconds, failures, failed, latency };
}
