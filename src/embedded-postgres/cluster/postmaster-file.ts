import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The state of a running server, from postmaster.pid (PostgreSQL's miscinit.c, pidfile.h). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** Empty: TCP alone. */
  readonly socketDirectory: string;
  /** `ready` once it accepts sessions; `starting`, `stopping`, or empty at its very beginning. */
  readonly status: string;
}

export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(pathIn(cluster), 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [pid, , , port, socketDirectory = '', , , status = ''] = lines;
  if (!Number.isInteger(Number(pid)) || Number(pid) <= 0) return undefined;
  return { pid: Number(pid), port: Number(port), socketDirectory, status: status.trim() };
}

/**
 * The server that runs on a cluster, no matter who started it.
 * On Linux the process is looked at: its id alone proves little where processes get the same few
 * ids at every start (containers).
 */
export function findRunningServer(cluster: string): PostmasterFile | undefined {
  const file = readPostmasterFile(cluster);
  return file !== undefined && isServerOf(file.pid, cluster) ? file : undefined;
}

/** Whether this very process is the server of that cluster; false for one that ended unreaped. */
export function isServerOf(pid: number, cluster: string): boolean {
  if (!isRunning(pid)) return false;
  const commandLine = readProcess(pid, 'cmdline');
  return commandLine === undefined || commandLine.split('\0').includes(cluster);
}

/**
 * A crash leaves postmaster.pid behind. PostgreSQL sees through that, unless the pid in it belongs
 * to some other process by now: then it refuses to start. Such a pid is replaced by this process's,
 * which PostgreSQL knows to be its parent's and never its rival's. Deleting the file would also
 * delete the key by which PostgreSQL finds backends that survived.
 */
export function disarmStalePostmasterFile(cluster: string): void {
  const pid = readPostmasterFile(cluster)?.pid;
  if (pid === undefined || pid === process.pid || !isRunning(pid)) return;
  const name = readProcess(pid, 'comm')?.trim();
  if (name === undefined || name === 'postgres') return;
  const path = pathIn(cluster);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(process.pid)));
}

export function isRunning(pid: number): boolean {
  // Zero and below mean groups of processes, the own one among them.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @returns undefined where the system has no /proc, or where the process ended meanwhile */
function readProcess(pid: number, file: 'cmdline' | 'comm'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function pathIn(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
