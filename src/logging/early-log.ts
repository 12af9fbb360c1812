import type { Env } from '../config/env';
import type { PinoLog } from './pino-log';

type LogEnv = Pick<Env, 'nodeEnv' | 'logLevel'>;

/** The log before there is an application. Loaded only here: it would hold up each start. */
export async function earlyLog(env: LogEnv): Promise<PinoLog> {
  const [{ logOutput }, { PinoLog }] = await Promise.all([
    import('./log-output.js'),
    import('./pino-log.js'),
  ]);
  return new PinoLog(env, await logOutput(env));
}

/**
 * Has warnings of Node and of packages written to the log, in its form. On standard error they would
 * stand between the lines of those who read both as one.
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
