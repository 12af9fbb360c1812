import { describe, expect, it } from '@jest/globals';
import type { ClosedLoopSample, ComparisonResults } from '../../../bench/results';
import { summarise } from '../../../bench/summary';

const sample = (
  contestant: string,
  round: number,
  rate: number,
  rest: Partial<ClosedLoopSample> = {},
): ClosedLoopSample => ({
  contestant,
  round,
  route: 'get',
  requests: rate * 2,
  seconds: 2,
  failures: 0,
  serverCpu: 100,
  postgresCpu: 50,
  ...rest,
});

const results = (closedLoop: ClosedLoopSample[]): ComparisonResults =>
  ({
    contestants: [{ name: 'own' }, { name: 'other' }],
    routes: [...new Set(closedLoop.map(({ route }) => route))],
    closedLoop,
  }) as unknown as ComparisonResults;

describe('the summary of a comparison', () => {
  it('compares within a round, so that a slow round does not count against one of them', () => {
    const { routes } = summarise(
      results([
        ...[sample('own', 1, 200), sample('other', 1, 100)],
        ...[sample('other', 2, 10), sample('own', 2, 20)],
      ]),
    );
    expect(routes).toMatchObject([
      { contestant: 'own', requestsPerSecond: 110 },
      { contestant: 'other', requestsPerSecond: 55, ratio: { value: 2, low: 2, high: 2 } },
    ]);
  });

  it('judges by the geometric mean over the routes', () => {
    const { verdicts } = summarise(
      results([
        ...[sample('own', 1, 400), sample('other', 1, 100)],
        ...[sample('own', 1, 100, { route: 'put' }), sample('other', 1, 100, { route: 'put' })],
      ]),
    );
    expect(verdicts).toMatchObject([{ contestant: 'other', throughput: { value: 2 } }]);
  });

  it('adds the processor time of server and PostgreSQL, and leaves out what nobody measured', () => {
    const measured = summarise(
      results([sample('own', 1, 1), sample('other', 1, 1, { serverCpu: 250 })]),
    );
    expect(measured.verdicts).toMatchObject([{ cpu: { value: 0.5 } }]);
    const { serverCpu: _, ...unmeasured } = sample('other', 1, 1);
    const { routes, verdicts } = summarise(results([sample('own', 1, 1), unmeasured]));
    expect(routes[1]).not.toHaveProperty('serverCpu');
    expect(verdicts[0]).not.toHaveProperty('cpu');
  });

  it('counts failures over all rounds', () => {
    const failing = { failures: 2 };
    const { routes } = summarise(
      results([sample('own', 1, 1, failing), sample('own', 2, 1, failing)]),
    );
    expect(routes).toMatchObject([{ failures: 4 }]);
  });
});
