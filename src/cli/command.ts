import type { Command } from '@commander-js/extra-typings';
import type { Env } from '../config/env';

/** What the process gives to a command. */
export interface CommandContext {
  /** Reads and validates the environment. @throws ConfigurationError */
  readonly env: () => Promise<Env>;
  /** The environment as it is, for what must start too fast to validate it. */
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  /** For results, which a pipe or `$(…)` reads. */
  readonly stdout: NodeJS.WriteStream;
  /** For everything that is only for people: progress, remarks. */
  readonly stderr: NodeJS.WriteStream;
}

/** Gives a command its description, its options and its action. */
export type DefineCommand = (command: Command, context: CommandContext) => void;

/** A command as the list of commands knows it. */
export interface ListedCommand {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Loads the rest when the command runs, or its help is shown. */
  readonly load: () => Promise<DefineCommand>;
}

export const INVOCATION = 'npm run cli --';

/** In the description of an option that may be repeated: its parser gets the earlier values. */
export const REPEATABLE = 'may be repeated';

/** @param call the arguments of a call that works, such as `seed --users 10` */
export function exampleOf(call: string): string {
  return `\nExample:\n  ${INVOCATION} ${call}`;
}
