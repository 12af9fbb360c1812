import type { BenchContext } from './bench-context';
import { CitusDatabases } from './citus-databases';
import { commandLine } from './command-line';
import { Comparison } from './comparison';
import { TASK_API, variant } from './contestants/contestants';
import { Dataset, mixedShape } from './dataset';
import { chooseLoadGenerator } from './load/load-generator';
import { describeMachine } from './machine';
import { UsageError } from './options';
import { equalPoolSizes } from './pool-sizes';
import { progress } from './progress';
import { comparisonReport } from './report/comparison-report';
import { writeResults } from './report/results-files';
import type { ComparisonResults } from './results';
import type { Bench } from './server-under-test';
import { summarise } from './summary';

const DISTRIBUTED = variant('citus:DATABASE_SCOPE=transaction');
const CONTESTANTS = [
  { ...TASK_API, name: 'one', about: 'this API on the coordinator, as one PostgreSQL' },
  { ...DISTRIBUTED, about: 'this API on Citus, with lanes to the workers' },
  {
    ...DISTRIBUTED,
    name: 'coordinator',
    about: 'this API on Citus through PgBouncer, and so through the coordinator alone',
    isPooled: true,
  },
];

/** Measures this API on one PostgreSQL and on Citus, on the same processors. Creates stay until the end. */
export async function runCitus(context: BenchContext): Promise<void> {
  const { options, startedAt, workDirectory } = context;
  const { connections, distribution, seconds } = options;
  const { CITUS_URL } = process.env;
  if (CITUS_URL === undefined) {
    throw new UsageError('citus: set CITUS_URL, a superuser of a cluster on this machine');
  }
  const databases = await CitusDatabases.connect(CITUS_URL);
  const generator = chooseLoadGenerator(options.generator, workDirectory);
  const programs = { postgres: databases.version, generator: generator.version, pgbench: null };
  const machine = describeMachine(startedAt, programs);
  const dataset = new Dataset(mixedShape(options.tasks, options.users));
  // What it deletes is made by number, on fresh data.
  const routes = options.routes.filter((route) => route !== 'delete');
  const settings = { ...options, contestants: CONTESTANTS, routes, openLoopRounds: 0 };
  const bench: Bench = {
    ...{ dataset, generator, distribution, connections, workDirectory },
    postgresPids: databases.pids,
    freshCopy: (contestant) => databases.open(contestant?.name !== 'one'),
  };
  const poolSizes = equalPoolSizes(CONTESTANTS, connections);
  const comparison = new Comparison(bench, settings, { pgbench: undefined, poolSizes, progress });
  try {
    progress(`seeding ${dataset.taskCount} tasks of ${dataset.shape.users} users, twice`);
    await databases.seed(dataset);
    await comparison.run();
  } finally {
    await databases.drop();
  }
  const results: ComparisonResults = {
    kind: 'comparison',
    command: commandLine(),
    machine,
    data: { tasks: dataset.taskCount, users: dataset.shape.users, distribution },
    connections,
    seconds,
    contestants: CONTESTANTS.map(({ name, about }) => ({ name, about })),
    routes,
    closedLoop: comparison.closedLoop,
    openLoop: [],
    processes: comparison.processes,
  };
  process.stdout.write(`${comparisonReport(results, summarise(results))}\n`);
  writeResults(results, options.out);
}
