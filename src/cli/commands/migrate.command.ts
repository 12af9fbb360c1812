import type { Command } from '@commander-js/extra-typings';
import { migrate } from '../../database/schema/migrate';
import { type CommandContext, exampleOf } from '../command';
import { withDatabase } from '../command-database';

export function defineMigrate(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'The server does the same when it starts. Uses DATABASE_OWNER_URL if set, and may run while servers serve.',
    )
    .option('--json', 'print {"migrations": […]}, the names of the migrations that ran')
    .addHelpText('after', exampleOf('migrate'))
    .action(async ({ json }) => {
      const migrations = await withDatabase(await env(), ({ owner }) => migrate(owner));
      stdout.write(json === true ? `${JSON.stringify({ migrations })}\n` : describe(migrations));
    });
}

function describe(migrations: readonly string[]): string {
  if (migrations.length === 0) return 'Nothing to do: the schema is up to date.\n';
  return migrations.map((name) => `Ran ${name}\n`).join('');
}
