import { expect, it } from '@jest/globals';
import type { CommandContext } from '../../../../src/cli/command';
import { COMMANDS } from '../../../../src/cli/commands';
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
