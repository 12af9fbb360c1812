import type { Env } from '../config/env';
import type { PinoLog } from './pino-log';

type LogEnv = Pick<Env, 'nodeEnv' | 'logLevel'>;

/** The log for messages before the application exists. Imported on demand: it would delay each start. */
export async function earlyLog(env: LogEnv): Promise<PinoLog> {
  const [{ logOutput }, { PinoLog }] = await Promise.all([
    import('./log-output.js'),
    import('./pino-log.js'),
  ]);
  return new PinoLog(env, await logOutput(env));
}

/**
 * Writes warnings of Node and of packages to the log. Node's default, text on standard error, would
 * mix with the JSON lines where both streams are collected together.
 */
export function logWarnings(env: LogEnv): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning: NodeJS.ErrnoException) => {
    const { name: type, message: msg, code } = warning;
    void earlyLog(env).then((log) => {
      log.warn({ msg, type, ...(code !== undefined && { code }) }, 'Node');
    });
  });
}
