import type { Command } from '@commander-js/extra-typings';
import { type CommandContext, exampleOf } from '../command';
import { usageError } from '../command-error';
import { withExistingDatabase } from '../command-database';
import { counted, userId } from '../option-values';
import { moveUser } from './move-user';

export function defineMoveUser(command: Command, { env: readEnv, stdout }: CommandContext): void {
  command
    .description(
      'Moves all tasks with their times, also those in the trash, and the address if the other account has none. Then removes the old account. All or nothing; a server may run meanwhile. For users whose id has changed: another issuer or provider, or subjects in upper case. The command user prints the ids.',
    )
    .requiredOption('--from <ID>', 'the user who has the tasks', userId)
    .requiredOption('--to <ID>', 'the user who gets them, with or without an account', userId)
    .option('--dry-run', 'print what would move, and change nothing')
    .option('--json', 'print {"tasks", "deleted", "new_account", "email", "dry_run"}')
    .addHelpText('after', exampleOf('move-user --from OLD_ID --to NEW_ID --dry-run'))
    .action(async ({ from, to, dryRun = false, json }) => {
      if (from === to) throw usageError('--from and --to are the same user', 'move-user --help');
      const env = await readEnv();
      const { tasks, deleted, isNew, email } = await withExistingDatabase(env, ({ api }) =>
        moveUser({ from, to, most: env.maxTasksPerUser, dryRun }, api),
      );
      const done = dryRun ? 'Would move' : 'Moved';
      stdout.write(
        json === true
          ? `${JSON.stringify({ tasks, deleted, new_account: isNew, email, dry_run: dryRun })}\n`
          : `${done} ${counted(tasks, 'task')}${deleted === 0 ? '' : ` and ${counted(deleted, 'deleted one')}`} from ${from} to ${to}${isNew ? ', a new account' : ''}, whose address is ${email ?? 'none'}\n`,
      );
    });
}
