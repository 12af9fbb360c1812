import type { Command } from '@commander-js/extra-typings';
import { resync } from '../../database/schema/resync';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../command-database';
import { refusal } from '../command-error';

export function defineResync(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'Run it after pg_restore, a point-in-time recovery, or a fail-over that lost writes; restore does the same by itself. Every sync token then gets 410, and each client reads its tasks again. Stored replies to Idempotency-Keys are forgotten. Uses DATABASE_OWNER_URL if set, and may run while servers serve.',
    )
    .option('--json', 'print {"resynced": true}')
    .addHelpText('after', exampleOf('resync'))
    .action(async ({ json }) => {
      const isDone = await withExistingDatabase(await env(), ({ owner }) => resync(owner));
      if (!isDone) {
        throw refusal('There are no feeds yet, so no client has a sync token: run migrate first');
      }
      stdout.write(json === true ? `${JSON.stringify({ resynced: true })}\n` : DONE);
    });
}

const DONE = 'Done: clients start again, with all of their tasks\n';
