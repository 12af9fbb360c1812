import type { BenchContext } from './bench-context';
import {
  FairnessMeasurement,
  type FairnessSample,
  HOSTILE_KINDS,
  QUIET_OPERATIONS,
} from './fairness';
import { describeMachine } from './machine';
import { progress } from './progress';
import { Random } from './random';
import { interval, machineLines, times } from './report/figures';
import { textTable } from './report/text-table';
import { bootstrapMedian, median } from './statistics';

const REPEATS_PER_SECOND = 10;

/** Measures what a quiet user feels of a hostile one, as ratios within one run. */
export async function runFairness({
  options,
  startedAt,
  database,
  workDirectory,
}: BenchContext): Promise<void> {
  const programs = { postgres: database.version, generator: 'one connection', pgbench: null };
  const machine = describeMachine(startedAt, programs);
  progress(`seeding ${options.tasks} tasks of ${options.users} users`);
  const measurement = await FairnessMeasurement.start(database, workDirectory, options);
  const repeats = Math.ceil(options.seconds * REPEATS_PER_SECOND);
  const samples: FairnessSample[] = [];
  try {
    for (let round = 1; round <= options.rounds; round += 1) {
      progress(`round ${round} of ${options.rounds}`);
      for (const index of new Random(round).shuffled(options.beside)) {
        samples.push(...(await measurement.measure(index, repeats, round)));
      }
    }
  } finally {
    await measurement.stop();
  }
  process.stdout.write(
    `${[...machineLines(machine), '', report(samples, options.beside)].join('\n')}\n`,
  );
}

function report(samples: readonly FairnessSample[], beside: readonly number[]): string {
  const names = HOSTILE_KINDS.filter((_, index) => beside.includes(index)).map(({ name }) => name);
  const rows = names.flatMap((name) =>
    QUIET_OPERATIONS.map((operation) => {
      const rounds = samples.filter((one) => one.kind === name && one.operation === operation);
      const ratio = bootstrapMedian(rounds.map(({ calm, beside }) => beside / calm));
      return [
        `${name}: ${operation}`,
        median(rounds.map(({ calm }) => calm)).toFixed(1),
        median(rounds.map(({ beside }) => beside)).toFixed(1),
        times(ratio),
        interval(ratio),
        String(Math.max(...rounds.map(({ refused }) => refused))),
      ];
    }),
  );
  const head = ['beside', 'calm ms', 'beside ms', 'is', '95 %', 'refused'];
  return textTable(head, rows);
}
