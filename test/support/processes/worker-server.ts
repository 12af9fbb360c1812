import { eventually } from '../app/eventually';
import type { BuiltServer } from './built-server';
import { HttpSender } from '../http/http-sender';
import { aCaller, TEST_SECRET } from '../app/tokens';

/** Each answer leaves a line that names the process it comes from. */
export const TWO_WORKERS = { WORKERS: '2', AUTH_SECRET: TEST_SECRET, LOG_LEVEL: 'debug' };

/** Asks once, on a connection of its own. */
export async function askAnew(server: BuiltServer, path = '/api/me/tasks'): Promise<number> {
  const sender = new HttpSender(Number(server.port), 1);
  try {
    const { status } = await sender.send(await aCaller(), { method: 'GET', path });
    return status;
  } finally {
    sender.close();
  }
}

/** Every process that has answered so far, as the log tells. */
export function answering(server: BuiltServer): readonly number[] {
  const pids = linesOf(server)
    .filter(({ msg }) => msg === 'request answered')
    .map(({ pid }) => pid);
  return Array.from(new Set(pids));
}

/** Asks on new connections until so many processes have answered. */
export async function workersOf(server: BuiltServer, count = 2): Promise<readonly number[]> {
  await eventually(async () => {
    await askAnew(server);
    return answering(server).length >= count;
  });
  return answering(server);
}

/** What the primary tells of workers that ended. */
export function endedWorkers(server: BuiltServer): readonly { worker?: number; how?: string }[] {
  return linesOf(server).filter(({ msg }) => msg === 'a worker ended');
}

/** Workers that took the place of others. */
export function successors(server: BuiltServer): readonly number[] {
  const lines = linesOf(server).filter(({ msg }) => msg === 'a worker took its place');
  return lines.map(({ worker = 0 }) => worker);
}

/** The process that leads the workers; on an old Node it is not the one that was started. */
export function primaryOf({ banner }: BuiltServer): number {
  return Number(/led by (\d+)/.exec(banner)?.[1]);
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

interface Line {
  readonly pid: number;
  readonly msg?: string;
  readonly worker?: number;
  readonly how?: string;
}

function linesOf({ banner }: BuiltServer): readonly Line[] {
  return banner
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}
