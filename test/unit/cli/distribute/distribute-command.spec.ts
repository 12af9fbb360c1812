import { expect, it } from '@jest/globals';
import type { CommandContext } from '../../../../src/cli/command';
import { COMMANDS } from '../../../../src/cli/commands';
import { describeResult } from '../../../../src/cli/distribute/distribute.command';
import { runProgram } from '../../../../src/cli/program';

function distributeWith(database: object): Promise<void> {
  const context = { env: () => Promise.resolve({ database, dataDir: '/nowhere' }) };
  return runProgram(['distribute'], COMMANDS, context as unknown as CommandContext);
}

it('distribute refuses the embedded database, and a scope that does not reach workers', async () => {
  await expect(distributeWith({ scope: 'transaction' })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringContaining('set DATABASE_URL to the coordinator'),
  });
  const url = 'postgresql://nobody@127.0.0.1:1/tasks';
  await expect(distributeWith({ url, scope: 'implicit' })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringContaining('DATABASE_SCOPE=transaction'),
  });
});

it('distribute says which statements do not go to one shard', () => {
  const plans = [
    { statement: 'task_get', shards: [1] },
    { statement: 'trash_restore', shards: [1, 1, 1] },
    { statement: 'everybody', shards: [8] },
    { statement: 'in_both_ways', shards: [1, 8] },
  ];

  expect(describeResult(['begin', 'commit'], plans)).toBe(
    [
      'Done: the tables are distributed.',
      '1 of 4 statements go to one shard.',
      '  trash_restore: 3 steps on one shard, through the coordinator',
      '  everybody: 8 shards',
      '  in_both_ways: 2 steps on 8 shards, through the coordinator',
      '',
    ].join('\n'),
  );
});
