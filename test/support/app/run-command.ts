import { CommandError } from '../../../src/cli/command-error';
import { COMMANDS } from '../../../src/cli/commands';
import { runProgram } from '../../../src/cli/program';
import { testEnv } from './test-env';

export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the operator in this process, with a configuration for tests and these variables. */
export async function runCommand(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<CommandOutcome> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written): NodeJS.WriteStream =>
    ({ write: (text: string) => (written[name] += text) }) as unknown as NodeJS.WriteStream;
  const context = {
    env: () => Promise.resolve(testEnv(variables)),
    environment: () => ({}),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  };
  try {
    await runProgram(args, COMMANDS, context);
    return { code: 0, ...written };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: error.exitCode, stdout: written.stdout, stderr: error.message };
  }
}
