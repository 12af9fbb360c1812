import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run-program';
import { httpText } from './http-text';
import {
  type ClosedLoop,
  type Latency,
  type LoadResult,
  RequestsExhaustedError,
} from './load-result';

/** The version of the installed wrk, or undefined where there is none. */
export function wrkVersion(): string | undefined {
  const { stdout, error } = spawnSync('wrk', ['--version'], { encoding: 'utf8' });
  return error === undefined ? /^wrk \S+/.exec(stdout)?.[0] : undefined;
}

/**
 * Loads a server with wrk, in one thread. wrk counts statuses above 399 only; that is the same
 * here, because no route answers 3xx to these requests.
 * @throws RequestsExhaustedError
 */
export async function loadWithWrk(
  { url, requests, connections, seconds, once }: ClosedLoop,
  workDirectory: string,
): Promise<LoadResult> {
  const file = join(workDirectory, 'requests');
  writeFileSync(file, requests.map(httpText).map(withLength).join(''));
  try {
    const script = join(__dirname, 'wrk.lua');
    const options = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '10s'];
    const output = await run('wrk', [
      ...options,
      ...['-s', script, url, '--', file, once ? 'once' : 'again'],
    ]);
    return parse(output);
  } finally {
    rmSync(file);
  }
}

function withLength(text: string): string {
  return `${text.length}\n${text}`;
}

function parse(output: string): LoadResult {
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk printed no result:\n${output}`);
  const { p50, p90, p99, exhausted, ...counts } = JSON.parse(line) as LoadResult &
    Latency & { exhausted: boolean };
  if (exhausted) throw new RequestsExhaustedError();
  return { ...counts, latency: { p50, p90, p99 } };
}
