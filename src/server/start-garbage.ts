import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_MS = 5_000;
/** The busy share of the event loop up to which nobody would notice a pause. */
const IDLE_SHARE = 0.02;

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/**
 * Loading 2,400 modules leaves a heap twice as large as what lives in it, and Node keeps it while no
 * request allocates anything. So it is collected once, as soon as the process has nothing to do: that
 * takes 0.1 s or more. Before Node 22 this collects new objects alone, and changes little.
 */
export function collectStartGarbage(): void {
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > IDLE_SHARE) return;
    clearInterval(timer);
    collectGarbage();
  }, LOOK_MS).unref();
}

/** Node offers it behind an option, which contexts read when they are made. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'last-resort' });
}
