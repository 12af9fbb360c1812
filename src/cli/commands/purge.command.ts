import type { Command } from '@commander-js/extra-typings';
import { sweep } from '../../database/schema/sweep';
import { expired } from '../../tasks/deletion/expiry.statements';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../command-database';

export function definePurge(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'Erases, for every user, the content of tasks deleted more than TRASH_DAYS ago, and the tombstones of older ones. Servers do so only when the same user deletes more tasks. Uses DATABASE_OWNER_URL if set, and may run while servers serve: once a day, for example.',
    )
    .option('--json', 'print {"purged": true}')
    .addHelpText('after', exampleOf('purge'))
    .action(async ({ json }) => {
      const settings = await env();
      await withExistingDatabase(settings, ({ owner }) =>
        sweep(owner, expired(settings.trashDays)),
      );
      stdout.write(json === true ? `${JSON.stringify({ purged: true })}\n` : DONE);
    });
}

const DONE = 'Done: nothing is left that has expired\n';
