import type { BenchContext } from './bench-context';
import { Comparison } from './comparison';
import { Dataset, mixedShape } from './dataset';
import { atDistance } from './distant-link';
import { chooseLoadGenerator } from './load/load-generator';
import { describeMachine } from './machine';
import { equalPoolSizes } from './pool-sizes';
import { progress } from './progress';
import { ABSENT, machineLines, thousands } from './report/figures';
import { textTable } from './report/text-table';
import type { ClosedLoopSample } from './results';
import { type RouteName, ROUTES } from './routes';
import type { Bench } from './server-under-test';
import { median } from './statistics';

const SEEDED = 'seeded';
/** Each way: between zones of a region, between regions nearby, and across a continent. */
const DISTANCES_MS = [1, 5, 25];

/** Measures servers whose database is some way off. */
export async function runDistance(context: BenchContext): Promise<void> {
  const { options, startedAt, database, workDirectory } = context;
  const { connections, distribution, contestants, routes } = options;
  const generator = chooseLoadGenerator(options.generator, workDirectory);
  const machine = describeMachine(startedAt, {
    postgres: database.version,
    generator: generator.version,
    pgbench: null,
  });
  const dataset = new Dataset(mixedShape(options.tasks, options.users));
  progress(`seeding ${dataset.taskCount} tasks of ${dataset.shape.users} users`);
  await database.seed(SEEDED, dataset);
  // As many connections as there are requests at a time: no pool has to wait for one.
  const poolSizes = equalPoolSizes(contestants, options.pool ?? connections);
  const settings = { ...options, openLoopRounds: 0 };
  const rows: string[][] = [];
  for (const distance of DISTANCES_MS) {
    progress(`${distance} ms to the database`);
    const bench: Bench = {
      ...{ dataset, generator, distribution, connections, workDirectory },
      postgresPids: [database.pid],
      freshCopy: () => database.clone(SEEDED),
      reach: ({ endpoint }) => atDistance(endpoint, distance),
    };
    const comparison = new Comparison(bench, settings, { pgbench: undefined, poolSizes, progress });
    await comparison.run();
    for (const route of routes) {
      for (const { name } of contestants) {
        rows.push([`${distance} ms`, ...figures(comparison.closedLoop, name, route)]);
      }
    }
  }
  const head = ['distance', 'route', 'server', 'requests/s', 'p50 ms', 'p99 ms', 'failures'];
  process.stdout.write(`${[...machineLines(machine), '', textTable(head, rows)].join('\n')}\n`);
}

function figures(
  samples: readonly ClosedLoopSample[],
  contestant: string,
  route: RouteName,
): readonly string[] {
  const own = samples.filter((one) => one.contestant === contestant && one.route === route);
  const latencies = own.flatMap(({ latency }) => latency ?? []);
  const time = (values: readonly number[]): string =>
    values.length === 0 ? ABSENT : median(values).toFixed(1);
  return [
    ROUTES[route],
    contestant,
    thousands(median(own.map(({ requests, seconds }) => requests / seconds))),
    time(latencies.map(({ p50 }) => p50)),
    time(latencies.map(({ p99 }) => p99)),
    String(own.reduce((sum, { failures }) => sum + failures, 0)),
  ];
}
