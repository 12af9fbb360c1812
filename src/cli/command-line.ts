import type { Command, CommandContext } from './command';
import { usageError } from './command-error';
import type { Commands } from './commands';
import { commandHelp, programHelp } from './help';

const HELP = ['help', '--help', '-h'];

/**
 * Runs what the arguments ask for. `--help` wins wherever it stands, so it also helps with a
 * command line that is otherwise wrong.
 * @throws CommandError when the arguments are wrong
 */
export async function runCommandLine(
  [first, ...rest]: readonly string[],
  commands: Commands,
  context: CommandContext,
): Promise<void> {
  if (first === undefined || HELP.includes(first)) {
    const [about] = rest.filter((argument) => !HELP.includes(argument));
    const text =
      about === undefined
        ? programHelp(await Promise.all([...commands.values()].map((load) => load())))
        : commandHelp(await find(about, commands));
    context.stdout.write(text);
    return;
  }
  const command = await find(first === '--version' ? 'version' : first, commands);
  if (rest.includes('--help') || rest.includes('-h')) {
    context.stdout.write(commandHelp(command));
    return;
  }
  await command.run(rest, context);
}

async function find(name: string, commands: Commands): Promise<Command> {
  const load = commands.get(name);
  if (load !== undefined) return load();
  const kind = name.startsWith('-') ? 'option' : 'command';
  throw usageError(`Unknown ${kind} '${name}'`, 'help');
}
