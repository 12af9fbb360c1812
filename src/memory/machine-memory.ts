import { totalmem } from 'node:os';

/** In bytes: what the machine has, or less where a container or another cgroup limits this process. */
export function machineMemory(): number {
  // Without a limit it is 0, or a number that no machine reaches.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
