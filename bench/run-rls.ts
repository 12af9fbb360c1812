import type { BenchContext } from './bench-context';
import { Dataset, mixedShape } from './dataset';
import { type RlsRoute, RlsMeasurement, type RequestCost, type Layer3 } from './rls-cost';
import { describeMachine } from './machine';
import { progress } from './progress';
import { Random } from './random';
import { interval, machineLines, thousands, times } from './report/figures';
import { textTable } from './report/text-table';
import { bootstrapMedian, median } from './statistics';

const SIDES: readonly Layer3[] = ['on', 'off'];
const ROUTES: readonly RlsRoute[] = ['get', 'complete'];
const REQUESTS_PER_SECOND = 4_000;

type Costs = Record<RlsRoute, Record<Layer3, RequestCost[]>>;

/** Measures the cost of layer 3: statements with their scope, and without it as a superuser. */
export async function runRls({ options, startedAt, database }: BenchContext): Promise<void> {
  const machine = describeMachine(startedAt, {
    postgres: database.version,
    generator: 'this process, over 2 pipelined connections',
    pgbench: null,
  });
  const dataset = new Dataset(mixedShape(options.tasks, options.users));
  progress(`seeding ${dataset.taskCount} tasks of ${dataset.shape.users} users`);
  await database.seed('rls', dataset);
  const copy = await database.open('rls');
  const costs: Costs = { get: { on: [], off: [] }, complete: { on: [], off: [] } };
  for (let round = 1; round <= options.rounds; round += 1) {
    progress(`round ${round} of ${options.rounds}`);
    const random = new Random(round);
    for (const side of random.shuffled(SIDES)) {
      const measurement = await RlsMeasurement.start(side, copy, dataset, database.pid);
      try {
        for (const route of random.shuffled(ROUTES)) {
          await measurement.measure(route, options.warmup, -round);
          await copy.settle();
          const requests = Math.ceil(options.seconds * REQUESTS_PER_SECOND);
          costs[route][side].push(await measurement.measure(route, requests, round));
        }
      } finally {
        await measurement.stop();
      }
    }
  }
  await copy.close();
  process.stdout.write(`${[...machineLines(machine), '', report(costs)].join('\n')}\n`);
}

function report(costs: Costs): string {
  const figures = [
    ['µs Node', (cost: RequestCost) => cost.nodeMicros],
    ['µs PostgreSQL', (cost: RequestCost) => cost.postgresMicros],
    ['µs both', (cost: RequestCost) => cost.nodeMicros + cost.postgresMicros],
    ['requests/s', (cost: RequestCost) => cost.perSecond],
  ] as const;
  const rows = ROUTES.flatMap((route) =>
    figures.map(([name, of]) => {
      const { on, off } = { on: costs[route].on.map(of), off: costs[route].off.map(of) };
      const ratio = bootstrapMedian(on.map((value, round) => value / (off[round] ?? Number.NaN)));
      return [
        `${route}: ${name}`,
        thousands(median(on)),
        thousands(median(off)),
        times(ratio),
        interval(ratio),
      ];
    }),
  );
  return textTable(['', 'with layer 3', 'without', 'with is', '95 %'], rows);
}
