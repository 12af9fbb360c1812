import type { ComparisonResults, OpenLoopSample } from '../results';
import { type RouteName, ROUTES } from '../routes';
import { median } from '../statistics';
import type { RouteSummary, Summary } from '../summary';
import { ABSENT, interval, machineLines, thousands, times } from './figures';
import { textTable } from './text-table';

/** The tables that a comparison prints. */
export function comparisonReport(results: ComparisonResults, summary: Summary): string {
  const { machine, data } = results;
  return [
    ...machineLines(machine),
    `${thousands(data.tasks)} tasks of ${thousands(data.users)} users (${data.distribution}), ` +
      `${results.connections} connections, ${results.seconds} s each`,
    '',
    ...results.contestants.map(
      ({ name, about, pool }) =>
        `  ${name.padEnd(9)} ${about}${pool === undefined ? '' : ` (pool of ${pool})`}`,
    ),
    '',
    ...results.routes.flatMap((route) => [routeTable(route, summary), '']),
    verdictTable(summary),
    '',
    ...openLoopTables(results),
    processTable(results),
  ].join('\n');
}

function routeTable(route: RouteName, { subject, routes }: Summary): string {
  const head = [
    ROUTES[route],
    'req/s',
    `${subject} is`,
    '95 %',
    ...['p50 ms', 'p90 ms', 'p99 ms'],
    'µs server',
    'µs PostgreSQL',
    'failures',
  ];
  const rows = routes
    .filter((row) => row.route === route)
    .map((row) => [
      row.contestant,
      thousands(row.requestsPerSecond),
      ...(row.contestant === subject ? ['', ''] : [times(row.ratio), interval(row.ratio)]),
      ...latencyCells(row),
      row.serverCpu === undefined ? ABSENT : row.serverCpu.toFixed(0),
      row.postgresCpu.toFixed(0),
      String(row.failures),
    ]);
  return textTable(head, rows);
}

function latencyCells({ latency }: RouteSummary): string[] {
  if (latency === undefined) return [ABSENT, ABSENT, ABSENT];
  return [latency.p50, latency.p90, latency.p99].map((ms) => ms.toFixed(2));
}

function verdictTable({ subject, verdicts }: Summary): string {
  const head = [`${subject}, all routes`, 'req/s', '95 %', 'CPU per request', '95 %'];
  const rows = verdicts.map(({ contestant, throughput, cpu }) => [
    `against ${contestant}`,
    times(throughput),
    interval(throughput),
    cpu === undefined ? ABSENT : times(cpu),
    cpu === undefined ? ABSENT : interval(cpu),
  ]);
  return textTable(head, rows);
}

function openLoopTables({ openLoop, routes }: ComparisonResults): string[] {
  const shares = [...new Set(openLoop.map(({ share }) => share))];
  return shares.flatMap((share) => {
    const ofShare = openLoop.filter((sample) => sample.share === share);
    const contestants = [...new Set(ofShare.map(({ contestant }) => contestant))].sort();
    const cells = (samples: readonly OpenLoopSample[]): string[] => [
      milliseconds(samples.map(({ latency }) => latency?.p50 ?? Number.NaN)),
      milliseconds(samples.map(({ latency }) => latency?.p99 ?? Number.NaN)),
    ];
    const rows = routes.map((route) => {
      const ofRoute = ofShare.filter((sample) => sample.route === route);
      return [
        ROUTES[route],
        thousands(ofRoute[0]?.rate ?? Number.NaN),
        ...contestants.flatMap((name) =>
          cells(ofRoute.filter(({ contestant }) => contestant === name)),
        ),
      ];
    });
    const head = [
      `at ${share * 100} % of saturation`,
      'req/s',
      ...contestants.flatMap((name) => [`${name} p50`, 'p99 ms']),
    ];
    return [textTable(head, rows), ''];
  });
}

function processTable({ processes }: ComparisonResults): string {
  const contestants = [...new Set(processes.map(({ contestant }) => contestant))].sort();
  const rows = contestants.map((name) => {
    const samples = processes.filter(({ contestant }) => contestant === name);
    return [
      name,
      median(samples.map(({ residentMib }) => residentMib)).toFixed(0),
      median(samples.map(({ idleCpu }) => idleCpu)).toFixed(1),
    ];
  });
  return textTable(['process', 'MiB after load', 'ms of CPU per idle second'], rows);
}

function milliseconds(values: readonly number[]): string {
  return values.length === 0 ? ABSENT : median(values).toFixed(2);
}
