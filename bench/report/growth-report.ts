import { GROWTH_OPERATIONS, type GrowthResults, type GrowthSeries } from '../results';
import { median } from '../statistics';
import { machineLines, thousands, times } from './figures';
import { textTable } from './text-table';

export const SERIES_TITLES: Readonly<Record<GrowthSeries, string>> = {
  total: 'tasks in all',
  'per-user': 'tasks of each user',
};

/** The tables that a growth run prints: medians over the rounds. */
export function growthReport(results: GrowthResults): string {
  const { search } = results;
  const p99 = (besideSearch: boolean): number =>
    median(search.filter((sample) => sample.besideSearch === besideSearch).map((s) => s.p99));
  return [
    ...machineLines(results.machine),
    '',
    growthTable(results, 'total'),
    '',
    growthTable(results, 'per-user'),
    ...(search.length === 0
      ? []
      : [
          '',
          `GET one, p99: ${p99(false).toFixed(2)} ms alone, ${p99(true).toFixed(2)} ms beside ` +
            'one search per second over 100,000 tasks',
        ]),
  ].join('\n');
}

function growthTable({ samples }: GrowthResults, series: GrowthSeries): string {
  const ofSeries = samples.filter((sample) => sample.series === series);
  const sizes = [...new Set(ofSeries.map(({ size }) => size))].sort((a, b) => a - b);
  const rows = GROWTH_OPERATIONS.flatMap((operation) => {
    const bySize = sizes.map((size) =>
      ofSeries.filter((sample) => sample.operation === operation && sample.size === size),
    );
    const p50 = bySize.map((of) => median(of.map((sample) => sample.p50)));
    const cpu = bySize.map((of) => median(of.map((sample) => sample.postgresCpu)));
    return [
      [operation, 'ms', ...p50.map((ms) => ms.toFixed(3)), spread(p50)],
      ['', 'µs PostgreSQL', ...cpu.map((us) => us.toFixed(0)), spread(cpu)],
    ];
  });
  return textTable([SERIES_TITLES[series], '', ...sizes.map(thousands), 'most / least'], rows);
}

function spread(values: readonly number[]): string {
  return times({ value: Math.max(...values) / Math.min(...values) });
}
