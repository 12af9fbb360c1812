import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the time of processes for user space in hundredths of a second. */
const MS_PER_TICK = 10;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended. */
  readonly childrenMs: number;
}

/** Processor time that processes and all below them have used, including those that have ended. */
export function cpuMs(...rootPids: readonly number[]): number {
  return rootPids.flatMap(tree).reduce((sum, { ownMs, childrenMs }) => sum + ownMs + childrenMs, 0);
}

/** Memory of a process and all below it, in MiB; pages that they share count for each. */
export function residentMib(rootPid: number): number {
  return tree(rootPid).reduce((sum, { pid }) => sum + residentKib(pid), 0) / 1_024;
}

function tree(rootPid: number): ProcessTimes[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readTimes);
  const members = all.filter(({ pid }) => pid === rootPid);
  // Grows while it is walked: children of members are members.
  for (const { pid } of members) members.push(...all.filter(({ parent }) => parent === pid));
  return members;
}

/** Fields of proc_pid_stat(5); the name, which may hold anything, ends at the last parenthesis. */
function readTimes(name: string): ProcessTimes[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${name}/stat`, 'latin1');
  } catch {
    return []; // It has ended meanwhile.
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11);
  return [
    {
      pid: Number(name),
      parent,
      ownMs: (user + system) * MS_PER_TICK,
      childrenMs: (childrenUser + childrenSystem) * MS_PER_TICK,
    },
  ];
}

function residentKib(pid: number): number {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
