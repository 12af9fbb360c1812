import { commandLine } from './command-line';
import type { BenchContext } from './bench-context';
import { GrowthMeasurement, growthStages, searchStage } from './growth';
import { describeMachine } from './machine';
import { progress } from './progress';
import { Random } from './random';
import { growthReport } from './report/growth-report';
import { writeResults } from './report/results-files';
import type { GrowthResults, GrowthSample, SearchSample } from './results';

/** Measures this API while its tables grow, prints, and writes the files. */
export async function runGrowth(context: BenchContext): Promise<void> {
  const { options, startedAt, database, workDirectory } = context;
  const programs = { postgres: database.version, generator: 'one connection', pgbench: null };
  const machine = describeMachine(startedAt, programs);
  const stages = growthStages(options.largest);
  for (const stage of stages) {
    progress(`seeding ${stage.dataset.taskCount} tasks of ${stage.dataset.shape.users} users`);
    await database.seed(stage.database, stage.dataset);
  }

  const samples: GrowthSample[] = [];
  const search: SearchSample[] = [];
  const searched = searchStage(stages);
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const stage of new Random(round).shuffled(stages)) {
      progress(`round ${round} of ${options.rounds}: ${stage.series} ${stage.size}`);
      const measurement = await GrowthMeasurement.start(stage, database, workDirectory);
      try {
        samples.push(...(await measurement.measure(round)));
        if (stage === searched) {
          search.push(...(await measurement.measureBesideSearch(round, 2 * options.seconds)));
        }
      } finally {
        await measurement.stop();
      }
    }
  }
  const command = commandLine();
  const results: GrowthResults = { kind: 'growth', command, machine, samples, search };
  process.stdout.write(`${growthReport(results)}\n`);
  writeResults(results, options.out);
}
