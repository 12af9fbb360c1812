import type { Command } from './command';
import { nameOf, type Option } from './option';

const INVOCATION = 'npm run cli --';
const HELP_OPTION = ['--help', 'show this'] as const;

const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'a check has failed; or a fault of this program, with its trace on standard error'],
  ['64', 'the command line is wrong'],
  ['65', 'a file does not hold what it should'],
  ['66', 'a file cannot be read'],
  ['67', 'there is no such user'],
  ['69', 'the database cannot be used'],
  ['73', 'a file cannot be written'],
  ['78', 'the configuration is wrong, or does not allow the command'],
  ['130, 143', 'stopped by Ctrl-C, by SIGTERM'],
] as const;

/** The help of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  return paragraphs(
    `Usage: ${INVOCATION} <command> [options]`,
    section('Commands', [
      ...commands.map(({ name, summary }) => [name, summary] as const),
      ['help [command]', 'show this, or the options of a command'],
    ]),
    `Example:\n  ${INVOCATION} seed --users 10 --tasks 1000`,
    'The configuration is that of the server: environment variables, or .env (see .env.example).',
    section('Exit codes', EXIT_CODES),
  );
}

/** The help of one command. */
export function commandHelp({ name, summary, details, options, example }: Command): string {
  const rows = Object.entries(options).map(
    ([option, about]) => [usageOf(option, about), about.description] as const,
  );
  return paragraphs(
    `Usage: ${[INVOCATION, name, ...Object.entries(options).map(inUsage)].join(' ')}`,
    `${summary}.${details === undefined ? '' : `\n${details}`}`,
    section('Options', [...rows, HELP_OPTION]),
    `Example:\n  ${INVOCATION} ${example}`,
  );
}

function inUsage([name, option]: readonly [string, Option<unknown>]): string {
  const usage = usageOf(name, option);
  return option.required === true ? usage : `[${usage}]`;
}

function usageOf(name: string, about: Option<unknown>): string {
  const { placeholder, positional } = about;
  const named = nameOf(name, about);
  return placeholder === undefined || positional === true ? named : `${named} ${placeholder}`;
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [`${title}:`, ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)].join(
    '\n',
  );
}

function paragraphs(...texts: readonly string[]): string {
  return `${texts.join('\n\n')}\n`;
}
