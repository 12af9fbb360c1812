import { type Command, Option } from '@commander-js/extra-typings';
import { DevelopmentIssuer } from '../../auth/development-issuer/development-issuer';
import type { Env } from '../../config/env';
import { analyze } from '../../database/schema/owner-session';
import { BulkWriter } from '../../database/operator/bulk-writer';
import type { CompiledStatement } from '../../database/compiled-statement';
import type { DatabaseEndpoint } from '../../database/session/connection-settings';
import { migrate } from '../../database/schema/migrate';
import { type CommandContext, exampleOf } from '../command';
import { withDatabase } from '../command-database';
import { refusal } from '../command-error';
import { counted, grouped, utcDate, wholeNumber } from '../option-values';
import { type Progress, rate, startProgress, stopwatch } from '../progress';
import { type SeedBatch, type SeedPlan, seedBatches, seedEmail } from './seed-plan';
import { seedStatements } from './seed.statements';

/** Batches in progress: PostgreSQL writes one while the next is generated and sent. */
const BATCHES_IN_FLIGHT = 3;

const DEFAULT_UNTIL = '2026-11-01';

export function defineSeed(
  command: Command,
  { env: readEnv, stdout, stderr }: CommandContext,
): void {
  const firstUser = seedEmail(1);
  command
    .description(
      `The same numbers always give the same users, ids and tasks, and a repeated seed changes nothing. User 1 is ${firstUser}: "token --email ${firstUser}" opens its tasks. Migrates first, and refuses NODE_ENV=production. May run beside a server.`,
    )
    .option('--users <N>', 'how many users', wholeNumber(1, 1_000_000), 10)
    .option(
      '--tasks <M>',
      'how many tasks in all, divided evenly',
      wholeNumber(0, 100_000_000),
      1_000,
    )
    .addOption(
      new Option('--until <DATE>', 'the tasks are created in the year before that day')
        .argParser(utcDate)
        .default(utcDate(DEFAULT_UNTIL), DEFAULT_UNTIL),
    )
    .option('--json', 'print {"users", "tasks", "new_users", "new_tasks", "seconds"}')
    .addHelpText('after', exampleOf('seed --users 10000 --tasks 1000000'))
    .action(async ({ users, tasks, until, json }) => {
      const env = await readEnv();
      if (env.nodeEnv === 'production') {
        throw refusal('seed writes invented users and tasks: not with NODE_ENV=production');
      }
      const plan = { users, tasks, untilMs: until.getTime() };
      const written = await withDatabase(env, (endpoint) => seed(plan, env, endpoint, stderr));
      stdout.write(json === true ? asJson(plan, written) : describe(plan, written));
    });
}

interface Written {
  readonly newUsers: number;
  readonly newTasks: number;
  readonly seconds: number;
}

async function seed(
  plan: SeedPlan,
  { dataDir, database }: Env,
  { api, owner }: DatabaseEndpoint,
  stderr: NodeJS.WriteStream,
): Promise<Written> {
  await migrate(owner);
  const batches = seedBatches(plan, DevelopmentIssuer.open(dataDir));
  const writer = await BulkWriter.open(api, database.prepare);
  const progress = startProgress(stderr, plan.users + plan.tasks, 'rows');
  let written: Written;
  try {
    written = await writeAll(batches, writer, progress);
  } finally {
    progress.stop();
    await writer.close();
  }
  await analyze(owner);
  return written;
}

async function writeAll(
  batches: AsyncIterable<SeedBatch>,
  writer: BulkWriter,
  progress: Progress,
): Promise<Written> {
  const elapsedSeconds = stopwatch();
  let done = 0;
  let newUsers = 0;
  let newTasks = 0;
  const write = async ({ writes, rows }: SeedBatch): Promise<void> => {
    const affected = await writer.write(writes);
    const newIn = (statement: CompiledStatement): number =>
      affected.reduce((sum, rows, n) => (writes[n]?.statement === statement ? sum + rows : sum), 0);
    newUsers += newIn(seedStatements.user);
    newTasks += newIn(seedStatements.tasks);
    done += rows;
    progress.advance(done);
  };
  const inFlight: Promise<void>[] = [];
  for await (const batch of batches) {
    const writing = write(batch);
    // Awaited below; until then a failure is not an unhandled one.
    writing.catch(() => undefined);
    inFlight.push(writing);
    if (inFlight.length >= BATCHES_IN_FLIGHT) await inFlight.shift();
  }
  await Promise.all(inFlight);
  return { newUsers, newTasks, seconds: elapsedSeconds() };
}

function describe({ users, tasks }: SeedPlan, written: Written): string {
  const { newUsers, newTasks, seconds } = written;
  return (
    `Seeded ${counted(users, 'user')} and ${counted(tasks, 'task')} in ${seconds.toFixed(1)} s` +
    ` (${grouped(rate(users + tasks, seconds))} rows/s):` +
    ` ${counted(newUsers, 'new user')}, ${counted(newTasks, 'new task')}\n`
  );
}

function asJson({ users, tasks }: SeedPlan, { newUsers, newTasks, seconds }: Written): string {
  const counts = { users, tasks, new_users: newUsers, new_tasks: newTasks };
  return `${JSON.stringify({ ...counts, seconds: Number(seconds.toFixed(3)) })}\n`;
}
