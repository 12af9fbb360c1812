import type { Command } from '@commander-js/extra-typings';
import type { Env } from '../../config/env';
import { distribute } from '../../database/citus/distribute';
import { DEFAULT_SHARDS } from '../../database/citus/distribution';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../command-database';
import { refusal } from '../command-error';
import { wholeNumber } from '../option-values';

const MOST_SHARDS = 1_024;

export function defineDistribute(command: Command, { env, stdout }: CommandContext): void {
  command
    .description(
      'For a database with Citus: copies users and migrations to every node, and distributes all other tables by user. One transaction moves the rows and locks the tables. A repeated run distributes only what is missing. Uses DATABASE_OWNER_URL if set. See docs/citus.md.',
    )
    .option('--dry-run', 'check everything, and print the SQL')
    .option(
      '--shards <N>',
      `number of shards, at least one for each future worker; by default ${DEFAULT_SHARDS}`,
      wholeNumber(1, MOST_SHARDS),
    )
    .option('--json', 'print {"statements": […]}, the SQL')
    .addHelpText('after', exampleOf('distribute --dry-run'))
    .action(async ({ dryRun = false, shards, json = false }) => {
      const settings = await env();
      requireScopeByTransaction(settings);
      const statements = await withExistingDatabase(settings, (endpoint) =>
        distribute(endpoint, { shards, isDry: dryRun }),
      );
      if (json) stdout.write(`${JSON.stringify({ statements })}\n`);
      else stdout.write(describe(statements, dryRun));
    });
}

function requireScopeByTransaction({ database }: Env): void {
  if (database.url === undefined) {
    throw refusal(
      'The embedded database has no Citus: set DATABASE_URL to the coordinator of a cluster',
    );
  }
  if (database.scope === 'implicit') {
    throw refusal(
      'Servers on Citus need DATABASE_SCOPE=transaction: set it here and for every server',
    );
  }
}

function describe(statements: readonly string[], isDry: boolean): string {
  if (statements.length === 0) return 'Nothing to do: the tables are distributed.\n';
  if (isDry) return statements.map((statement) => `${statement};\n`).join('');
  return 'Done: the tables are distributed.\n';
}
