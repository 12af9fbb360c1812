import { describe, expect, it } from '@jest/globals';
import type { Command, CommandContext } from '../../../src/cli/command';
import { CommandError } from '../../../src/cli/command-error';
import { commands } from '../../../src/cli/commands';
import { commandHelp } from '../../../src/cli/help';

const NO_CONTEXT = {} as CommandContext;

const usageErrorOf = (command: Command, ...args: string[]): Promise<unknown> =>
  command.run(args, NO_CONTEXT).catch((error: unknown) => error);

describe.each([...commands].map(([name, load]) => ({ name, load })))(
  'the command $name',
  ({ name, load }) => {
    it('is called what the list calls it', async () => {
      expect((await load()).name).toBe(name);
    });

    it('has help that fits a terminal, with an example of itself', async () => {
      const command = await load();
      const help = commandHelp(command);
      expect(help.startsWith(`Usage: npm run cli -- ${name}`)).toBe(true);
      expect(help).toContain(`Example:\n  npm run cli -- ${name}`);
      expect(help.split('\n').filter((line) => line.length > 110)).toEqual([]);
    });

    it('refuses unknown options and stray arguments before it does anything', async () => {
      const command = await load();
      const places = Object.values(command.options).filter(({ positional }) => positional);
      for (const argument of ['--no-such-option', 'stray']) {
        const error = await usageErrorOf(command, ...places.map(() => 'x'), argument);
        expect(error).toBeInstanceOf(CommandError);
        expect(error).toMatchObject({
          exitCode: 64,
          message: expect.stringMatching(`^U.*'${argument}'\nSee: npm run cli -- ${name} --help$`),
        });
      }
    });
  },
);

describe('the numbers of seed', () => {
  it.each([
    ['--users=0', '--users must be a whole number from 1 to 1,000,000'],
    ['--users=1000001', '--users must be a whole number from 1 to 1,000,000'],
    ['--tasks=-1', '--tasks must be a whole number from 0 to 100,000,000'],
    ['--tasks=1.5', '--tasks must be a whole number from 0 to 100,000,000'],
    ['--until=tomorrow', '--until must be a date such as 2026-11-01, from the year 2000 on'],
  ])('are checked: %s', async (argument, fault) => {
    const seed = await commands.get('seed')?.();
    if (seed === undefined) throw new Error('There is no seed');
    expect(await usageErrorOf(seed, argument)).toMatchObject({
      exitCode: 64,
      message: `${fault}\nSee: npm run cli -- seed --help`,
    });
  });
});
