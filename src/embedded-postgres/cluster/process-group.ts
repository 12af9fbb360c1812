import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { blockUntil } from '../block-until';

/** The kernel may take a while: a killed process first frees its memory and finishes a write. */
const END_WITHIN_MS = 3_000;

/**
 * Kills a program and what it has started, and returns when all of them have ended. Windows has no
 * groups; there the others end by themselves.
 * @param leader started with `detached`
 */
export function killGroup(leader: ChildProcess): void {
  const { pid } = leader;
  if (pid === undefined || process.platform === 'win32') {
    leader.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All have ended just now.
    return;
  }
  blockUntil(() => !groupRuns(pid), END_WITHIN_MS);
}

/** False on a system without /proc. A signal would also reach those that only wait to be reaped. */
function groupRuns(group: number): boolean {
  if (!existsSync('/proc/self/stat')) return false;
  return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && runsIn(pid, group));
}

function runsIn(pid: string, group: number): boolean {
  try {
    // The name, in brackets, may have any character.
    const [state = '', , pgrp] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(pgrp) === group && !'ZX'.includes(state);
  } catch {
    return false;
  }
}
