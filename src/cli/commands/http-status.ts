import { get } from 'node:http';

/**
 * The status that a server of this machine answers. Not with `fetch`, which refuses the ports that
 * browsers do not want to be used (6000, 6667, 10080 and more), although a server may listen there.
 * @throws Error when there is no answer, or none in time
 */
export function statusOf(url: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) });
    request.on('response', (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', (error) => {
      const isLate = error.name === 'AbortError';
      reject(isLate ? new Error(`no answer within ${timeoutMs / 1_000} s`) : error);
    });
  });
}
