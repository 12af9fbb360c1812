import { setTimeout as sleep } from 'node:timers/promises';

/** For states that no event announces; the test's own time-out bounds the wait. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}
