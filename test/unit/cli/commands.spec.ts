import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CommandContext } from '../../../src/cli/command';
import { CommandError } from '../../../src/cli/command-error';
import { COMMANDS } from '../../../src/cli/commands';
import { runProgram } from '../../../src/cli/program';

async function run(...args: string[]): Promise<string> {
  let written = '';
  const stdout = { write: (text: string) => (written += text) };
  await runProgram(args, COMMANDS, { stdout } as unknown as CommandContext);
  return written;
}

const usageErrorOf = (...args: string[]): Promise<unknown> =>
  run(...args).catch((error: unknown) => error);

describe.each(COMMANDS)('the command $name', ({ name }) => {
  it('has help that fits a terminal, with an example of itself', async () => {
    const help = await run(name, '--help');
    expect(help.startsWith(`Usage: npm run cli -- ${name}`)).toBe(true);
    expect(help).toContain(`Example:\n  npm run cli -- ${name}`);
    expect(help.split('\n').filter((line) => line.length > 110)).toEqual([]);
  });

  it('refuses unknown options and stray arguments before it does anything', async () => {
    const usage = /^Usage: .*$/m.exec(await run(name, '--help'))?.[0] ?? '';
    const places = usage.match(/<\w+>/g) ?? [];
    const needed = NEEDED_OPTIONS[name] ?? [];
    for (const argument of ['--no-such-option', 'stray']) {
      const error = await usageErrorOf(name, ...needed, ...places.map(() => 'x'), argument);
      expect(error).toBeInstanceOf(CommandError);
      expect(error).toMatchObject({
        exitCode: 64,
        message: expect.stringMatching(
          `^U.*'${argument}'\n(.*\n)?See: npm run cli -- ${name} --help$`,
        ),
      });
    }
  });
});

const ID = '9aac614b-e5ba-5338-9a1f-1c3745be5fe4';
const USER = `--user=${ID}`;
/** commander asks for these first. */
const NEEDED_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  token: ['--email=ada@example.com'],
  user: [ID],
  'move-user': [`--from=${ID}`, `--to=${ID}`],
  export: [USER, '--format=csv'],
  import: [USER],
};

/** The command and the options of each call in the documentation. */
const CALL = /npm run (?:--silent )?cli -- ([a-z][\w-]*)([^\n`|#]*)/g;
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const CALLS = ['README.md', ...pagesIn('.github'), ...pagesIn('docs')]
  .filter((path) => path.endsWith('.md'))
  .flatMap((page) => [...readFileSync(page, 'utf8').matchAll(CALL)].map((call) => ({ page, call })))
  .map(({ page, call: [, name = '', rest = ''] }) => ({
    page,
    name,
    options: rest.match(/(?<= )--[a-z][\w-]*/g) ?? [],
  }));

describe('a call in the documentation', () => {
  it('names a command, and options that its help lists', async () => {
    const helps = new Map<string, string>();
    for (const name of new Set(CALLS.map((call) => call.name))) {
      helps.set(name, await run(name, '--help').catch(() => ''));
    }
    const faulty = CALLS.filter(({ name, options }) => {
      const help = helps.get(name) ?? '';
      return help === '' || options.some((option) => !help.includes(`  ${option} `));
    });

    expect(faulty).toEqual([]);
    expect(CALLS.length).toBeGreaterThan(20);
  });
});

describe('the values of seed and token', () => {
  it.each([
    ['seed', '--users=0', 'It must be a whole number from 1 to 1,000,000.'],
    ['seed', '--users=1000001', 'It must be a whole number from 1 to 1,000,000.'],
    ['seed', '--tasks=-1', 'It must be a whole number from 0 to 100,000,000.'],
    ['seed', '--tasks=1.5', 'It must be a whole number from 0 to 100,000,000.'],
    ['seed', '--until=tomorrow', 'It must be a date such as 2026-11-01, from the year 2000 on.'],
    ['token', '--email=ada', 'It must be an e-mail address.'],
    ['export', '--format=xml', 'Allowed choices are json, csv, ics, todo.txt.'],
    [
      'import',
      '--map=Subject',
      'It must be FIELD=COLUMN, such as title=Subject, with one of the fields id, user_id, title, description, completed, created_at, updated_at, due, time_zone, priority, tags, completed_at, parent_id, recurrence, recurrence_from, position.',
    ],
  ])('are checked: %s %s', async (command, argument, fault) => {
    const value = argument.slice(argument.indexOf('=') + 1);
    expect(await usageErrorOf(command, argument)).toMatchObject({
      exitCode: 64,
      message: expect.stringMatching(
        new RegExp(
          `^Option '--.*' argument '${value}' is invalid\\. ${fault.replaceAll('.', '\\.')}\nSee: npm run cli -- ${command} --help$`,
        ),
      ),
    });
  });
});
