import type { Command } from '@commander-js/extra-typings';
import type { Env } from '../../config/env';
import { distribute } from '../../database/citus/distribute';
import { DEFAULT_SHARDS } from '../../database/citus/distribution';
import { plansOf, type StatementPlan } from '../../database/citus/statement-plans';
import { type CommandContext, exampleOf } from '../command';
import { withExistingDatabase } from '../command-database';
import { refusal } from '../command-error';
import { wholeNumber } from '../option-values';
import { ENTITIES, everyStatement } from './every.statements';

const MOST_SHARDS = 1_024;
const NOTHING_TO_DO = 'Nothing to do: the tables are distributed.';

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
    .option(
      '--json',
      'print {"statements": […], "plans": […]}: the SQL, and on how many shards each statement of the API runs',
    )
    .addHelpText('after', exampleOf('distribute --dry-run'))
    .action(async ({ dryRun = false, shards, json = false }) => {
      const settings = await env();
      requireScopeByTransaction(settings);
      const { statements, plans } = await withExistingDatabase(settings, async (endpoint) => ({
        statements: await distribute(endpoint, { shards, isDry: dryRun }),
        plans: dryRun ? [] : await plansOf(endpoint.api, ENTITIES, everyStatement),
      }));
      if (json) stdout.write(`${JSON.stringify({ statements, plans })}\n`);
      else stdout.write(dryRun ? describeSql(statements) : describeResult(statements, plans));
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

function describeSql(statements: readonly string[]): string {
  if (statements.length === 0) return `${NOTHING_TO_DO}\n`;
  return statements.map((statement) => `${statement};\n`).join('');
}

export function describeResult(
  statements: readonly string[],
  plans: readonly StatementPlan[],
): string {
  const onOneShard = plans.filter(({ shards }) => shards.length === 1 && shards[0] === 1);
  const others = plans.filter((plan) => !onOneShard.includes(plan));
  const lines = [
    statements.length === 0 ? NOTHING_TO_DO : 'Done: the tables are distributed.',
    `${onOneShard.length} of ${plans.length} statements go to one shard.`,
    ...others.map(({ statement, shards }) => `  ${statement}: ${describePlan(shards)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function describePlan(shards: readonly number[]): string {
  const most = Math.max(0, ...shards);
  const where = most === 1 ? 'one shard' : `${most} shards`;
  return shards.length === 1
    ? where
    : `${shards.length} steps on ${where}, through the coordinator`;
}
