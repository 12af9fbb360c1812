import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXIT_CODE_MEANINGS, EXIT_CODE_OF_SIGNAL, EXIT_CODES } from '../server/exit-codes';
import {
  type CommandContext,
  exampleOf,
  INVOCATION,
  REPEATABLE,
  type ListedCommand,
} from './command';
import { type CommandError, usageError } from './command-error';

const HELP: readonly string[] = ['help', '--help', '-h'];
/** In a pipe or a file, where there is no terminal to ask. */
const HELP_WIDTH = 100;

/**
 * Runs the command that the arguments name.
 * @throws CommandError when the arguments are wrong
 */
export async function runProgram(
  args: readonly string[],
  commands: readonly ListedCommand[],
  context: CommandContext,
): Promise<void> {
  const names = commands.map(({ name }) => name);
  try {
    await createProgram(commands, context).parseAsync(canonical(args, names), { from: 'user' });
  } catch (error) {
    const helpWasShown = error instanceof CommanderError && error.exitCode === 0;
    if (!helpWasShown) throw error;
  }
}

/**
 * Rewrites a request for help to the one form that commander answers with exit code 0. `--help`
 * wins anywhere, so it also helps with a command line that is otherwise wrong.
 */
function canonical(given: readonly string[], names: readonly string[]): readonly string[] {
  const args = given[0] === '--' ? given.slice(1) : given;
  const [first = 'help', ...rest] = args;
  if (first === '--version') return ['version', ...rest];
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (first !== 'help' && !options.includes('--help') && !options.includes('-h')) return args;
  const topic = options.find((argument) => !HELP.includes(argument));
  if (topic === undefined) return ['--help'];
  // For an unknown command, commander would show the help of the program, and not say why.
  return names.includes(topic) ? [topic, '--help'] : [topic];
}

function createProgram(commands: readonly ListedCommand[], context: CommandContext): Command {
  const program = new Command(INVOCATION)
    .usage('<command> [options]')
    .helpOption('-h, --help', 'Show this')
    .helpCommand('help [command]', 'Show this, or the options of a command')
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      commandDescription: (command) =>
        [command.summary() && `${command.summary()}.`, command.description()]
          .filter((text) => text !== '')
          .join('\n'),
    })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      // main.ts writes the error that is thrown.
      writeErr: () => undefined,
      getOutHelpWidth: () => (context.stdout.isTTY ? context.stdout.columns : HELP_WIDTH),
    })
    .addHelpText('after', programRemarks());
  const definitions = new Map<string, () => Promise<void>>();
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary);
    throwErrorsOf(command, `${name} --help`);
    definitions.set(name, async () => {
      (await load())(command, context);
      refuseSecondValues(command);
    });
  }
  throwErrorsOf(program, 'help');
  return program.hook('preSubcommand', (_program, command) => definitions.get(command.name())?.());
}

/** commander takes the last value of an option, and ignores those before it. */
function refuseSecondValues(command: CommandUnknownOpts): void {
  const single = command.options.filter(
    ({ required, description }) => required && !description.includes(REPEATABLE),
  );
  for (const option of single) {
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`error: option '${option.flags}' given more than once`);
      isGiven = true;
    });
  }
}

/** @param help the arguments that show how to do it right */
function throwErrorsOf(command: CommandUnknownOpts, help: string): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageErrorOf(command, error, help);
  });
}

function usageErrorOf(
  { args, registeredArguments }: CommandUnknownOpts,
  { code, message }: CommanderError,
  help: string,
): CommandError {
  // commander says how many there are, but not which is too many.
  if (code === 'commander.excessArguments') {
    return usageError(`Unexpected argument '${args[registeredArguments.length] ?? ''}'`, help);
  }
  const fault = message.replace(/^error: /, '');
  return usageError(`${fault.charAt(0).toUpperCase()}${fault.slice(1)}`, help);
}

function programRemarks(): string {
  const codes = [
    ['0', 'done'],
    ...Object.entries(EXIT_CODES).map(([name, code]) => [
      String(code),
      EXIT_CODE_MEANINGS[name as keyof typeof EXIT_CODES],
    ]),
    [
      `${EXIT_CODE_OF_SIGNAL.SIGINT}, ${EXIT_CODE_OF_SIGNAL.SIGTERM}`,
      'stopped by Ctrl-C, by SIGTERM',
    ],
  ];
  return [
    exampleOf('seed --users 10 --tasks 1000'),
    '',
    'The configuration is that of the server: environment variables, or .env (see .env.example).',
    '',
    'Exit codes:',
    ...codes.map(([code = '', meaning = '']) => `  ${code.padEnd('130, 143  '.length)}${meaning}`),
  ].join('\n');
}
