import { processEnvironment } from '../config/sources/process-environment';
import { exitOnSignal } from '../server/ending-signals';
import { CommandError } from './command-error';
import { COMMANDS } from './commands';
import { runProgram } from './program';

/** Runs one command and ends with its exit code, once everything it opened is closed. */
async function main(): Promise<void> {
  exitOnSignal();
  try {
    await runProgram(process.argv.slice(2), COMMANDS, {
      env: async () => (await import('../config/sources/read-env.js')).readEnv(),
      environment: () => processEnvironment().source,
      stdout: process.stdout,
      stderr: process.stderr,
    });
  } catch (error) {
    const { message, exitCode } =
      error instanceof CommandError
        ? error
        : (await import('../server/start-failure.js')).explainStartFailure(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
  }
}

void main();
