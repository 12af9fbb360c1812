/**
 * `npm run bench`: measures this API against others on the same database, in the same run. What it
 * does and how to read it: docs/benchmark.md.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchDatabase } from './bench-database';
import { parseOptions, USAGE, UsageError } from './options';
import { writeChart } from './report/results-files';
import type { Results } from './results';
import { runCitus } from './run-citus';
import { runComparison } from './run-comparison';
import { runDistance } from './run-distance';
import { runFairness } from './run-fairness';
import { runGrowth } from './run-growth';
import { runRls } from './run-rls';
import { runStreams } from './run-streams';

const RUNS = {
  compare: runComparison,
  growth: runGrowth,
  rls: runRls,
  fairness: runFairness,
  distance: runDistance,
  streams: runStreams,
  citus: runCitus,
} as const;

async function main(): Promise<void> {
  const startedAt = new Date();
  const options = parseOptions(process.argv.slice(2), startedAt);
  if (options.mode === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  if (options.mode === 'chart') {
    const [file = '', out = options.out] = options.files;
    writeChart(JSON.parse(readFileSync(file, 'utf8')) as Results, out);
    return;
  }
  const workDirectory = mkdtempSync(join(tmpdir(), 'task-api-bench-'));
  try {
    const database = await BenchDatabase.start(join(workDirectory, 'data'));
    try {
      const run = RUNS[options.mode];
      await Promise.race([run({ options, startedAt, database, workDirectory }), interruption()]);
    } finally {
      await database.stop();
    }
  } finally {
    rmSync(workDirectory, { recursive: true, force: true });
  }
}

/** Rejects when somebody wants this to end, so that what was started is cleaned up. */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => reject(new Error(`Stopped by ${signal}`)));
    }
  });
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${USAGE}`);
    else console.error(error);
    process.exit(1);
  },
);
