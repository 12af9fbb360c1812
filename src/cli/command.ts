import { parseArgs } from 'node:util';
import type { Env } from '../config/env';
import { usageError } from './command-error';
import { nameOf, type Option, type Options, type OptionValues } from './option';

/** What the process gives to a command. */
export interface CommandContext {
  /** Reads and validates the environment. @throws ConfigurationError */
  readonly env: () => Promise<Env>;
  /** The environment as it is, for what must start too fast to validate it. */
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  /** For results: what a pipe or `$(…)` shall get. */
  readonly stdout: NodeJS.WriteStream;
  /** For everything that is only for people: progress, remarks. */
  readonly stderr: NodeJS.WriteStream;
}

/** One command, listed in commands.ts. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What else there is to know, for the command's own help. */
  readonly details?: string;
  readonly options: Options;
  /** The arguments of a call that works, such as `seed --users 10`. */
  readonly example: string;
  /** @throws CommandError when the arguments are wrong */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<void>;
}

interface CommandDefinition<Of extends Options> extends Omit<Command, 'run'> {
  readonly options: Of;
  readonly run: (options: OptionValues<Of>, context: CommandContext) => Promise<void>;
}

export function defineCommand<const Of extends Options>(
  definition: CommandDefinition<Of>,
): Command {
  return {
    ...definition,
    run: async (args, context) => {
      await definition.run(readOptions(definition, args), context);
    },
  };
}

function readOptions<Of extends Options>(
  { name, options }: { readonly name: string; readonly options: Of },
  args: readonly string[],
): OptionValues<Of> {
  const given = parse(name, options, args);
  const values = Object.entries(options).map(([option, about]) => {
    try {
      return [option, about.read(given[option])] as const;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw usageError(`${nameOf(option, about)} ${error.message}`, `${name} --help`);
    }
  });
  return Object.fromEntries(values) as OptionValues<Of>;
}

function parse(
  name: string,
  options: Options,
  args: readonly string[],
): Readonly<Record<string, string | boolean | undefined>> {
  const places = Object.keys(options).filter((option) => options[option]?.positional === true);
  const types = Object.entries(options)
    .filter(([option]) => !places.includes(option))
    .map(([option, about]) => [option, typeOf(about)] as const);
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(types),
      allowPositionals: places.length > 0,
    });
    const stray = positionals[places.length];
    if (stray !== undefined) throw usageError(`Unexpected argument '${stray}'`, `${name} --help`);
    const placed = places.map((option, place) => [option, positionals[place]] as const);
    return { ...values, ...Object.fromEntries(placed) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    // The first sentence says what is wrong; the others suggest spellings that few people mean.
    const [fault = message] = message.split(/\.(?:\s|$)/);
    throw usageError(fault, `${name} --help`);
  }
}

function typeOf({ placeholder }: Option<unknown>): { readonly type: 'boolean' | 'string' } {
  return { type: placeholder === undefined ? 'boolean' : 'string' };
}
