import type { DestinationStream } from 'pino';
import type { Env } from '../config/env';

/** The buffer for a slow reader; further lines are dropped, and the server continues. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Whether a person reads the lines on a terminal. */
function isForPerson({ nodeEnv }: Pick<Env, 'nodeEnv'>): boolean {
  return process.stdout.isTTY && nodeEnv !== 'production';
}

/** Standard output: JSON lines, or readable ones on a terminal. */
export async function logOutput(env: Pick<Env, 'nodeEnv'>): Promise<DestinationStream> {
  if (!isForPerson(env)) return jsonOutput();
  // Loaded only here: it would take 20 ms of every start.
  const { build } = await import('pino-pretty');
  return build({ sync: true, singleLine: true, ignore: 'pid', translateTime: 'HH:MM:ss' });
}

/**
 * A reader that goes away or stops reading must not delay the server or its exit. So not pino's own
 * destination, which at exit retries for ever to write to a full disk.
 */
function jsonOutput(): DestinationStream {
  return {
    write: (line) => {
      if (process.stdout.writableLength < MOST_WAITING_BYTES) process.stdout.write(line);
    },
  };
}

/** A failed write to `process.stdout` or `process.stderr` must not end the process. */
export function surviveClosedOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
