import { commandLine } from './command-line';
import { Comparison } from './comparison';
import type { BenchContext } from './bench-context';
import { urlOf } from '../test/support/database/connection-url';
import { type Contestant, PRODUCT_CONNECTIONS } from './contestants/contestants';
import { findPgbench } from './contestants/pgbench';
import { Dataset, mixedShape } from './dataset';
import { chooseLoadGenerator } from './load/load-generator';
import { describeMachine } from './machine';
import { bestPoolSizes, equalPoolSizes } from './pool-sizes';
import { progress } from './progress';
import { comparisonReport } from './report/comparison-report';
import { writeResults } from './report/results-files';
import type { ComparisonResults } from './results';
import type { Bench } from './server-under-test';
import { untilAnswers } from './server-process';
import { summarise } from './summary';

/** Seeded once; every contestant of every round gets a clone of it. */
const SEEDED = 'seeded';

/**
 * Seeds, verifies, measures, prints, and writes the files.
 * @throws WrongAnswerError, or Error when a request failed
 */
export async function runComparison(context: BenchContext): Promise<void> {
  const { startedAt, database, workDirectory } = context;
  const options = { ...context.options, contestants: builtContestants(context) };
  const { connections, distribution, contestants } = options;
  const generator = chooseLoadGenerator(options.generator, workDirectory);
  const pgbench = findPgbench();
  const machine = describeMachine(startedAt, {
    postgres: database.version,
    generator: generator.version,
    pgbench: pgbench?.version ?? null,
  });
  const dataset = new Dataset(mixedShape(options.tasks, options.users));
  progress(`seeding ${dataset.taskCount} tasks of ${dataset.shape.users} users`);
  await database.seed(SEEDED, dataset);
  for (const contestant of contestants) {
    const checkout = checkoutOf(contestant);
    if (checkout !== undefined) await database.seed(seededFor(contestant), dataset, checkout);
  }
  const bench: Bench = {
    ...{ dataset, generator, distribution, connections, workDirectory },
    postgresPids: [database.pid],
    freshCopy: (contestant) => database.clone(seededFor(contestant)),
  };
  await introducePeers({ ...context, options }, dataset);

  const findsBest = options.pool === undefined && !options.quick;
  const poolSizes = findsBest
    ? await bestPoolSizes(contestants, bench, progress)
    : equalPoolSizes(contestants, options.pool ?? PRODUCT_CONNECTIONS);
  const comparison = new Comparison(bench, options, { pgbench, poolSizes, progress });
  try {
    await comparison.run();
  } finally {
    if (comparison.closedLoop.length > 0) {
      const results: ComparisonResults = {
        kind: 'comparison',
        command: commandLine(),
        machine,
        data: { tasks: dataset.taskCount, users: dataset.shape.users, distribution },
        connections,
        seconds: options.seconds,
        contestants: contestants.map((contestant) => describe(contestant, poolSizes)),
        routes: options.routes,
        closedLoop: comparison.closedLoop,
        openLoop: comparison.openLoop,
        processes: comparison.processes,
      };
      process.stdout.write(`${comparisonReport(results, summarise(results))}\n`);
      writeResults(results, options.out);
    }
  }
  requireNoFailure(comparison);
}

/** Those that can take part. */
function builtContestants({ options, workDirectory }: BenchContext): readonly Contestant[] {
  return options.contestants.flatMap((contestant) => {
    if (contestant.kind !== 'server' || contestant.build === undefined) return [contestant];
    try {
      return [{ ...contestant, executable: contestant.build(workDirectory) }];
    } catch (error) {
      progress(`skipping ${contestant.name}: ${String(error)}`);
      return [];
    }
  });
}

/** The database that a contestant gets clones of. */
function seededFor(contestant: Contestant | undefined): string {
  return checkoutOf(contestant) === undefined ? SEEDED : `${SEEDED}-${contestant?.name}`;
}

function checkoutOf(contestant: Contestant | undefined): string | undefined {
  return contestant?.kind === 'server' ? contestant.checkout : undefined;
}

function describe(
  contestant: Contestant,
  poolSizes: ReadonlyMap<string, number>,
): ComparisonResults['contestants'][number] {
  const { kind, name, about } = contestant;
  const size = poolSizes.get(name);
  const hasPool = kind === 'server' && contestant.hasPool && size !== undefined;
  return { name, about, ...(hasPool && { pool: size }) };
}

/** Peers are started by hand, on the database that each contestant finds: the clone of the moment. */
async function introducePeers(
  { options, database }: BenchContext,
  dataset: Dataset,
): Promise<void> {
  const peers = options.contestants.filter((contestant) => contestant.kind === 'peer');
  if (peers.length === 0) return;
  const copy = await database.clone(SEEDED);
  await copy.close();
  progress(
    `start now, and let reconnect: ${peers.map(({ name }) => name).join(', ')}, with\n` +
      `DATABASE_URL='${urlOf(copy.endpoint.owner)}'\nAUTH_SECRET='${dataset.secret}'`,
  );
  for (const { name, url } of peers) {
    progress(`waiting for ${name} at ${url}`);
    await untilAnswers(url);
  }
}

/** A run is worth nothing when requests fail. @throws Error */
function requireNoFailure({ closedLoop, openLoop }: Comparison): void {
  const failed = [...closedLoop, ...openLoop].filter(({ failures }) => failures > 0);
  if (failed.length === 0) return;
  const list = failed.map(
    ({ contestant, route, failures }) => `${contestant} ${route}: ${failures}`,
  );
  throw new Error(`Requests failed: ${list.join(', ')}`);
}
