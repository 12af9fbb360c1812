import type { ClosedLoopSample, ComparisonResults } from './results';
import type { RouteName } from './routes';
import { bootstrapMedian, type Estimate, geometricMean, median } from './statistics';

/** One contestant on one route: medians over the rounds. */
export interface RouteSummary {
  readonly contestant: string;
  readonly route: RouteName;
  readonly requestsPerSecond: number;
  /** Of the subject, over this contestant, within the same round. */
  readonly ratio: Estimate;
  /** Milliseconds; absent if the generator does not report it. */
  readonly latency?: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Microseconds per request; absent where the contestant has no server, or not one of ours. */
  readonly serverCpu?: number;
  readonly postgresCpu: number;
  readonly failures: number;
}

/** The subject against one other contestant. */
export interface Verdict {
  readonly contestant: string;
  /** Geometric mean over the routes of the ratio of throughputs. */
  readonly throughput: Estimate;
  /** Geometric mean over the routes of the ratio of Node's and PostgreSQL's time per request. */
  readonly cpu?: Estimate;
}

export interface Summary {
  /** The contestant that all ratios are of: the first one. */
  readonly subject: string;
  readonly routes: readonly RouteSummary[];
  readonly verdicts: readonly Verdict[];
}

export function summarise(results: ComparisonResults): Summary {
  const { closedLoop, routes } = results;
  const measured = results.contestants
    .map(({ name }) => name)
    .filter((name) => closedLoop.some(({ contestant }) => contestant === name));
  const [subject = ''] = measured;
  const rows = routes.flatMap((route) =>
    measured.map((contestant) => summariseRoute(closedLoop, { subject, contestant, route })),
  );
  const verdicts = measured
    .filter((name) => name !== subject)
    .map((contestant) => judge(closedLoop, { subject, contestant, routes }));
  return { subject, routes: rows, verdicts };
}

export function requestsPerSecond({ requests, seconds }: ClosedLoopSample): number {
  return requests / seconds;
}

function summariseRoute(
  all: readonly ClosedLoopSample[],
  { subject, contestant, route }: { subject: string; contestant: string; route: RouteName },
): RouteSummary {
  const samples = all.filter(
    (sample) => sample.contestant === contestant && sample.route === route,
  );
  const of = (pick: (sample: ClosedLoopSample) => number | undefined): number =>
    median(samples.map(pick).filter((value) => value !== undefined));
  const hasLatency = samples.some(({ latency }) => latency !== undefined);
  const hasServerCpu = samples.some(({ serverCpu }) => serverCpu !== undefined);
  return {
    contestant,
    route,
    requestsPerSecond: of(requestsPerSecond),
    ratio: bootstrapMedian(ratiosByRound(all, { subject, contestant, route }, requestsPerSecond)),
    ...(hasLatency && {
      latency: {
        p50: of(({ latency }) => latency?.p50),
        p90: of(({ latency }) => latency?.p90),
        p99: of(({ latency }) => latency?.p99),
      },
    }),
    ...(hasServerCpu && { serverCpu: of(({ serverCpu }) => serverCpu) }),
    postgresCpu: of(({ postgresCpu }) => postgresCpu),
    failures: samples.reduce((sum, { failures }) => sum + failures, 0),
  };
}

function judge(
  all: readonly ClosedLoopSample[],
  {
    subject,
    contestant,
    routes,
  }: { subject: string; contestant: string; routes: readonly RouteName[] },
): Verdict {
  const overRoutes = (figure: (sample: ClosedLoopSample) => number): Estimate => {
    const byRoute = routes.map((route) =>
      ratiosByRound(all, { subject, contestant, route }, figure),
    );
    const rounds = byRoute[0]?.length ?? 0;
    return bootstrapMedian(
      Array.from({ length: rounds }, (_, round) =>
        geometricMean(byRoute.map((ratios) => ratios[round] ?? Number.NaN)),
      ),
    );
  };
  const hasServerCpu = all.some(
    (sample) => sample.contestant === contestant && sample.serverCpu !== undefined,
  );
  return {
    contestant,
    throughput: overRoutes(requestsPerSecond),
    ...(hasServerCpu && {
      cpu: overRoutes(({ serverCpu = Number.NaN, postgresCpu }) => serverCpu + postgresCpu),
    }),
  };
}

/** Subject over contestant, one ratio for each round that has both. */
function ratiosByRound(
  all: readonly ClosedLoopSample[],
  { subject, contestant, route }: { subject: string; contestant: string; route: RouteName },
  figure: (sample: ClosedLoopSample) => number,
): number[] {
  const ofRoute = all.filter((sample) => sample.route === route);
  return ofRoute
    .filter((sample) => sample.contestant === subject)
    .flatMap((own) => {
      const other = ofRoute.find(
        (sample) => sample.contestant === contestant && sample.round === own.round,
      );
      return other === undefined ? [] : [figure(own) / figure(other)];
    });
}
