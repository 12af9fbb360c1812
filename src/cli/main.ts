import { processEnvironment } from '../config/sources/process-environment';
import { exitOnSignal } from '../server/ending-signals';
import { CommandError, cannotPrint } from './command-error';
import { COMMANDS } from './commands';
import { runProgram } from './program';

/** Runs one command and ends with its exit code, once everything it opened is closed. */
async function main(): Promise<void> {
  exitOnSignal();
  // Without this, Node.js would end the process at once, with a trace.
  process.stdout.on('error', (error) => {
    fail(cannotPrint(error));
  });
  try {
    await runProgram(process.argv.slice(2), COMMANDS, {
      env: async () => (await import('../config/sources/process-environment.js')).readEnv(),
      environment: () => processEnvironment().source,
      stdout: process.stdout,
      stderr: process.stderr,
    });
  } catch (error) {
    fail(
      error instanceof CommandError
        ? error
        : (await import('../server/start-failure.js')).explainStartFailure(error),
    );
  }
}

/** The first failure counts: export reports that its output is closed, as the stream itself does. */
function fail({ message, exitCode }: Pick<CommandError, 'message' | 'exitCode'>): void {
  if (process.exitCode !== undefined) return;
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}

void main();
