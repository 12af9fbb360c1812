import { describe, expect, it } from '@jest/globals';
import { Option } from '@commander-js/extra-typings';
import {
  type CommandContext,
  exampleOf,
  type ListedCommand,
  REPEATABLE,
} from '../../../src/cli/command';
import { CommandError } from '../../../src/cli/command-error';
import { fileName, wholeNumber } from '../../../src/cli/option-values';
import { runProgram } from '../../../src/cli/program';

/** What a command was run with. */
const runs: unknown[] = [];
/** The commands that were loaded. */
const loads: string[] = [];

const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'greet',
    summary: 'Say hello',
    load: () => {
      loads.push('greet');
      return Promise.resolve((command) => {
        command
          .description('As often as wanted.')
          .requiredOption('--name <NAME>', 'to whom', fileName)
          .option('--times <N>', 'how often', wholeNumber(1, 9), 1)
          .addOption(new Option('--title <TITLE>', 'before the name').choices(['Dr', 'Prof']))
          .option('--to <NAME>', REPEATABLE, (name: string, before?: string[]) => [
            ...(before ?? []),
            name,
          ])
          .option('--loud', 'in capitals')
          .addHelpText('after', exampleOf('greet --name Ada'))
          .action((options) => {
            runs.push(options);
          });
      });
    },
  },
  {
    name: 'fail',
    summary: 'Fail',
    load: () =>
      Promise.resolve((command) => {
        command.action(() => Promise.reject(new RangeError('a fault of the command itself')));
      }),
  },
  {
    name: 'copy',
    summary: 'Copy',
    load: () =>
      Promise.resolve((command) => {
        command
          .argument('<FILE>', 'what to copy', fileName)
          .requiredOption('--to <DIR>', 'the file to write', fileName)
          .action((file, { to }) => {
            runs.push({ file, to });
          });
      }),
  },
];

async function output(...args: string[]): Promise<string> {
  let written = '';
  const stdout = { write: (text: string) => (written += text) };
  await runProgram(args, COMMANDS, { stdout } as unknown as CommandContext);
  return written;
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
    expect(runs.at(-1)).toEqual({ name: 'Ada', times: 1 });

    await output('greet', '--times=3', '--loud', '--name=Ada', '--title', 'Dr');
    expect(runs.at(-1)).toEqual({ name: 'Ada', times: 3, title: 'Dr', loud: true });
  });

  it('gets every value of an option that may be repeated', async () => {
    await output('greet', '--name', 'Ada', '--to', 'Bob', '--to=Eve');
    expect(runs.at(-1)).toMatchObject({ to: ['Bob', 'Eve'] });
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

  it('is loaded only when it runs or its help is shown', async () => {
    const before = loads.length;
    await output('copy', 'greet', '--to', 'greet');
    await output('help');
    await refusalOf('greeet');
    expect(loads.length - before).toBe(0);

    await output('help', 'greet');
    expect(loads.length - before).toBe(1);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['--name', 'Ada', '--shout'], "Unknown option '--shout'"],
    [['--name', 'Ada', '--tims=2'], "Unknown option '--tims=2'\n(Did you mean --times?)"],
    [['--name', 'Ada', '-x'], "Unknown option '-x'"],
    [['--name', 'Ada', '--no-loud'], "Unknown option '--no-loud'\n(Did you mean --loud?)"],
    [['--name', 'Ada', '--loud=1'], "Unknown option '--loud=1'\n(Did you mean --loud?)"],
    [['--name', 'Ada', 'Bob'], "Unexpected argument 'Bob'"],
    [['--name', 'Ada', 'Bob', 'Eve'], "Unexpected argument 'Bob'"],
    [['--name', 'Ada', '--', '--help'], "Unexpected argument '--help'"],
    [['--name'], "Option '--name <NAME>' argument missing"],
    [['--name=Ada', '--name', 'Bob'], "Option '--name <NAME>' given more than once"],
    [['--name=Ada', '--times=1', '--times=1'], "Option '--times <N>' given more than once"],
    [[], "Required option '--name <NAME>' not specified"],
    [['--name='], "Option '--name <NAME>' argument '' is invalid. It must not be empty."],
    [
      ['--name', '--loud'],
      "Option '--name <NAME>' argument '--loud' is invalid. It looks like an option; for a file of that name write ./--loud.",
    ],
    [
      ['--name=Ada', '--times', '-1'],
      "Option '--times <N>' argument '-1' is invalid. It must be a whole number from 1 to 9.",
    ],
    [
      ['--name=Ada', '--title=Sir'],
      "Option '--title <TITLE>' argument 'Sir' is invalid. Allowed choices are Dr, Prof.",
    ],
  ])('greet %j is told what is wrong, and where to look', async (args, fault) => {
    const see = 'See: npm run cli -- greet --help';
    expect(await refusalOf('greet', ...args)).toEqual([`${fault}\n${see}`, 64]);
  });

  it.each([
    [['--to', 'drawer'], "Missing required argument 'FILE'"],
    [
      ['', '--to', 'drawer'],
      "Command-argument value '' is invalid for argument 'FILE'. It must not be empty.",
    ],
    [['a.txt', 'b.txt', '--to', 'drawer'], "Unexpected argument 'b.txt'"],
  ])('copy %j is told which argument is wrong', async (args, fault) => {
    const see = 'See: npm run cli -- copy --help';
    expect(await refusalOf('copy', ...args)).toEqual([`${fault}\n${see}`, 64]);
  });

  it.each([
    ['greeet', "Unknown command 'greeet'\n(Did you mean greet?)"],
    ['Greet', "Unknown command 'Greet'\n(Did you mean greet?)"],
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
      `Usage: npm run cli -- greet [options]

Say hello.
As often as wanted.

Options:
  --name <NAME>    to whom
  --times <N>      how often (default: 1)
  --title <TITLE>  before the name (choices: "Dr", "Prof")
  --to <NAME>      may be repeated
  --loud           in capitals
  -h, --help       Show this

Example:
  npm run cli -- greet --name Ada
`,
    );
  });

  it('of a command shows where an argument stands that has no name', async () => {
    const help = await output('copy', '--help');
    expect(help).toContain('Usage: npm run cli -- copy [options] <FILE>\n');
    expect(help).toContain('  FILE        what to copy\n');
  });

  it.each([
    [['greet', '--help']],
    [['greet', '-h']],
    [['greet', '--nonsense', '--help']],
    [['greet', '--times=none', '--help']],
    [['greet', '--name', '--help']],
    [['help', 'greet']],
    [['--help', 'greet']],
    [['help', 'greet', '--help']],
  ])('of a command is shown for %j', async (args) => {
    expect(await output(...args)).toMatch(/^Usage: npm run cli -- greet /);
  });

  it.each([[[]], [['--']], [['help']], [['--help']], [['-h']], [['help', '--help']]])(
    'of the program is shown for %j',
    async (args) => {
      const help = await output(...args);
      expect(help).toMatch(/^Usage: npm run cli -- <command> \[options\]\n/);
      expect(help).toContain('  greet       Say hello\n  fail        Fail\n');
      expect(help).toMatch(/Exit codes:\n {2}0 .*\n(?:.*\n)* {2}64 .*\n/);
    },
  );

  it('refuses a command that does not exist', async () => {
    expect(await refusalOf('help', 'greeet')).toEqual([
      "Unknown command 'greeet'\n(Did you mean greet?)\nSee: npm run cli -- help",
      64,
    ]);
  });
});
