import { packageVersion } from '../machine';
import { loadWithAutocannon } from './autocannon';
import type { ClosedLoop, LoadResult } from './load-result';
import { loadWithWrk, wrkVersion } from './wrk';

/** What sends the closed-loop load. */
export interface LoadGenerator {
  readonly version: string;
  run(load: ClosedLoop): Promise<LoadResult>;
}

export type GeneratorName = 'wrk' | 'autocannon';

/** wrk where it is installed, because it takes the least from the server; else autocannon. */
export function chooseLoadGenerator(
  wish: GeneratorName | undefined,
  workDirectory: string,
): LoadGenerator {
  const version = wish === 'autocannon' ? undefined : wrkVersion();
  if (version !== undefined) return { version, run: (load) => loadWithWrk(load, workDirectory) };
  if (wish === 'wrk') throw new Error('--generator wrk: wrk is not installed');
  return { version: `autocannon ${packageVersion('autocannon')}`, run: loadWithAutocannon };
}
