import type { DestinationStream } from 'pino';
import type { Env } from '../config/env';

/** What may wait for a reader that is too slow; lines beyond it are lost, and the server goes on. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Whether lines are for a person who looks at them now, rather than for programs. */
export function isForPerson({ nodeEnv }: Pick<Env, 'nodeEnv'>): boolean {
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
 * Whoever reads the lines may go away, or stop reading: neither holds up the server or its end. So
 * not pino's own destination, which at exit tries for ever to write what a full disk refuses.
 */
function jsonOutput(): DestinationStream {
  return {
    write: (line) => {
      if (process.stdout.writableLength < MOST_WAITING_BYTES) process.stdout.write(line);
    },
  };
}

/** What `process.stdout` and `process.stderr` cannot write must not end the process. */
export function surviveClosedOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
