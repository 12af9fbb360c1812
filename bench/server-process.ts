import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/processes/free-port';
import type { LaunchContext, ServerContestant } from './contestants/server-contestant';

const READY_WITHIN_MS = 120_000;
const READY_POLL_MS = 25;
const STOP_WITHIN_MS = 10_000;
const STOP_WITH_PARENT = join(__dirname, '..', 'bin', 'stop-with-parent.cjs');

/** A server that answers. */
export interface RunningServer {
  readonly url: string;
  /** Absent for a server that was not started here. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/**
 * Starts a contestant with a clean environment and waits until it answers.
 * @throws Error with its output when it ends or stays silent
 */
export async function startServer(
  contestant: ServerContestant,
  context: Omit<LaunchContext, 'port' | 'adminPort'>,
  workDirectory: string,
): Promise<RunningServer> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const log = join(workDirectory, `${contestant.name}.log`);
  const output = openSync(log, 'w');
  const { executable, program } = contestant;
  const [command, args] =
    executable === undefined
      ? [process.execPath, ['--require', STOP_WITH_PARENT, ...program]]
      : [executable, program];
  const child = spawn(command, args, {
    // Away from the project, where a .env could stand.
    cwd: workDirectory,
    env: {
      PATH: process.env['PATH'],
      TASK_API_PARENT_PID: String(process.pid),
      ...contestant.environment({ ...context, port, adminPort }),
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilAnswers(url, () => child.exitCode === null && child.signalCode === null);
  } catch (error) {
    await stop(child);
    throw new Error(`${contestant.name} did not start:\n${readFileSync(log, 'utf8')}`, {
      cause: error,
    });
  }
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

/**
 * Any answer will do: the verification checks whether it is right.
 * @throws Error when there is none within two minutes, or `hope` is gone
 */
export async function untilAnswers(url: string, hope = (): boolean => true): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && hope()) {
    try {
      await fetch(url);
      return;
    } catch {
      await sleep(READY_POLL_MS);
    }
  }
  throw new Error(`no answer from ${url}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
