import { processEnvironment } from '../config/process-environment';
import { CommandError } from './command-error';
import { runCommandLine } from './command-line';
import { commands } from './commands';

/** By convention 128 + the number of the signal. */
const EXIT_CODE_OF_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Runs one command and ends with its exit code, once everything it opened is closed. */
async function main(): Promise<void> {
  exitOnSignal();
  try {
    await runCommandLine(process.argv.slice(2), commands, {
      env: async () => (await import('../config/env.js')).parseEnv(processEnvironment()),
      environment: processEnvironment,
      stdout: process.stdout,
      stderr: process.stderr,
    });
  } catch (error) {
    const { message, exitCode } =
      error instanceof CommandError
        ? error
        : (await import('../start-failure.js')).explainStartFailure(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
  }
}

/** An exit, unlike a death by signal, also stops the embedded database that a command started. */
function exitOnSignal(): void {
  for (const [signal, exitCode] of Object.entries(EXIT_CODE_OF_SIGNAL)) {
    // After the other listeners: a progress bar puts the terminal back in order.
    process.once(signal, () => setImmediate(() => process.exit(exitCode)));
  }
}

void main();
