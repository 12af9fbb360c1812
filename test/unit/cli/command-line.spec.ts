import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { type CommandContext, defineCommand } from '../../../src/cli/command';
import { CommandError } from '../../../src/cli/command-error';
import { runCommandLine } from '../../../src/cli/command-line';
import { argument, defaulting, flag, optional, required } from '../../../src/cli/option';
import { nonEmpty, wholeNumber } from '../../../src/cli/option-values';

/** What a command was run with. */
const runs: unknown[] = [];

const GREET = defineCommand({
  name: 'greet',
  summary: 'Say hello',
  details: 'As often as wanted.',
  options: {
    name: required({ placeholder: 'NAME', description: 'to whom', read: nonEmpty }),
    times: defaulting('1', {
      placeholder: 'N',
      description: 'how often',
      read: wholeNumber(1, 9),
    }),
    title: optional({ placeholder: 'TITLE', description: 'Dr, Prof', read: nonEmpty }),
    loud: flag('in capitals'),
  },
  example: 'greet --name Ada',
  run: (options) => {
    runs.push(options);
    return Promise.resolve();
  },
});

const FAIL = defineCommand({
  name: 'fail',
  summary: 'Fail',
  options: {},
  example: 'fail',
  run: () => Promise.reject(new RangeError('a fault of the command itself')),
});

const COPY = defineCommand({
  name: 'copy',
  summary: 'Copy',
  options: {
    file: argument({ placeholder: 'FILE', description: 'what to copy', read: nonEmpty }),
    to: required({ placeholder: 'DIR', description: 'where to', read: nonEmpty }),
  },
  example: 'copy letter.txt --to drawer',
  run: (options) => {
    runs.push(options);
    return Promise.resolve();
  },
});

const COMMANDS = new Map(
  [GREET, FAIL, COPY].map((command) => [command.name, () => Promise.resolve(command)]),
);

async function output(...args: string[]): Promise<string> {
  const stdout = new PassThrough();
  const context = { stdout } as unknown as CommandContext;
  await runCommandLine(args, COMMANDS, context);
  return String(stdout.read() ?? '');
}

/** What a person is told, and the exit code. */
async function refusalOf(...args: string[]): Promise<readonly [string, number]> {
  const error: unknown = await output(...args).catch((reason: unknown) => reason);
  if (!(error instanceof CommandError)) throw new Error('not refused', { cause: error });
  return [error.message, error.exitCode];
}

describe('a command', () => {
  it('gets its options read, with defaults for absent ones', async () => {
    await output('greet', '--name', 'Ada');
    expect(runs.at(-1)).toEqual({ name: 'Ada', times: 1, title: undefined, loud: false });

    await output('greet', '--times=3', '--loud', '--name=Ada', '--title', 'Dr');
    expect(runs.at(-1)).toEqual({ name: 'Ada', times: 3, title: 'Dr', loud: true });
  });

  it('gets what stands without a name by its place', async () => {
    for (const args of [
      ['letter.txt', '--to', 'drawer'],
      ['--to=drawer', 'letter.txt'],
      ['--to', 'drawer', '--', 'letter.txt'],
    ]) {
      await output('copy', ...args);
      expect(runs.at(-1)).toEqual({ file: 'letter.txt', to: 'drawer' });
    }
  });

  it('fails with its own error, which is not taken for a wrong option', async () => {
    await expect(output('fail')).rejects.toThrow(RangeError);
  });
});

describe('a wrong command line', () => {
  const hint = 'See: npm run cli -- greet --help';

  it.each([
    [['--name', 'Ada', '--shout'], "Unknown option '--shout'"],
    [['--name', 'Ada', '-x'], "Unknown option '-x'"],
    [['--name', 'Ada', '--no-loud'], "Unknown option '--no-loud'"],
    [['--name', 'Ada', 'Bob'], "Unexpected argument 'Bob'"],
    [['--name', 'Ada', '--loud=1'], "Option '--loud' does not take an argument"],
    [['--name'], "Option '--name <value>' argument missing"],
    [['--name', '--loud'], "Option '--name' argument is ambiguous"],
    [[], '--name is needed'],
    [['--name='], '--name must not be empty'],
    [['--name=Ada', '--times=0'], '--times must be a whole number from 1 to 9'],
  ])('%j is told in one line, with where to look', async (args, fault) => {
    expect(await refusalOf('greet', ...args)).toEqual([`${fault}\n${hint}`, 64]);
  });

  it.each([
    [['--to', 'drawer'], 'FILE is needed'],
    [['', '--to', 'drawer'], 'FILE must not be empty'],
    [['a.txt', 'b.txt', '--to', 'drawer'], "Unexpected argument 'b.txt'"],
  ])('copy %j is told which argument is wrong', async (args, fault) => {
    const see = 'See: npm run cli -- copy --help';
    expect(await refusalOf('copy', ...args)).toEqual([`${fault}\n${see}`, 64]);
  });

  it.each([
    ['greeet', "Unknown command 'greeet'"],
    ['Greet', "Unknown command 'Greet'"],
    ['', "Unknown command ''"],
    ['constructor', "Unknown command 'constructor'"],
    ['--loud', "Unknown option '--loud'"],
  ])('beginning with "%s" refers to the list of commands', async (first, fault) => {
    expect(await refusalOf(first)).toEqual([`${fault}\nSee: npm run cli -- help`, 64]);
  });

  it('runs nothing', async () => {
    const before = runs.length;
    await refusalOf('greet', '--name', 'Ada', '--shout');
    expect(runs).toHaveLength(before);
  });
});

describe('the help', () => {
  it('of a command names every option and shows a call that works', async () => {
    expect(await output('greet', '--help')).toBe(
      `Usage: npm run cli -- greet --name NAME [--times N] [--title TITLE] [--loud]

Say hello.
As often as wanted.

Options:
  --name NAME    to whom
  --times N      how often (default: 1)
  --title TITLE  Dr, Prof
  --loud         in capitals
  --help         show this

Example:
  npm run cli -- greet --name Ada
`,
    );
  });

  it('of a command shows where an argument stands that has no name', async () => {
    const help = await output('copy', '--help');
    expect(help).toContain('Usage: npm run cli -- copy FILE --to DIR\n');
    expect(help).toContain('  FILE      what to copy\n');
  });

  it.each([
    [['greet', '--help']],
    [['greet', '-h']],
    [['greet', '--nonsense', '--help']],
    [['help', 'greet']],
    [['--help', 'greet']],
    [['help', 'greet', '--help']],
  ])('of a command is shown for %j', async (args) => {
    expect(await output(...args)).toMatch(/^Usage: npm run cli -- greet /);
  });

  it.each([[[]], [['help']], [['--help']], [['-h']], [['help', '--help']]])(
    'of the program is shown for %j',
    async (args) => {
      const help = await output(...args);
      expect(help).toContain('  greet           Say hello\n  fail            Fail\n');
      expect(help).toMatch(/Exit codes:\n {2}0 .*\n(?:.*\n)* {2}64 .*\n/);
    },
  );

  it('refuses a command that does not exist', async () => {
    expect(await refusalOf('help', 'greeet')).toEqual([
      "Unknown command 'greeet'\nSee: npm run cli -- help",
      64,
    ]);
  });
});
