import { describe, expect, it } from '@jest/globals';
import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { RequestDurations } from '../../../src/metrics/request-durations';

const NAME = 'task_api_http_request_duration_seconds';
const OBSERVATIONS = [
  ['GET', '/api/:user_id/tasks', 200, 0.0001],
  ['GET', '/api/:user_id/tasks', 204, 0.0005],
  ['GET', '/api/:user_id/tasks', 200, 0.3],
  ['GET', '/api/:user_id/tasks', 503, 11],
  ['POST', '/api/:user_id/tasks', 201, 0],
  ['GET', 'none', 404, 10],
] as const;

const registryOf = (durations: RequestDurations): Registry => {
  const registry = new Registry();
  durations.register(registry);
  return registry;
};

describe('RequestDurations', () => {
  it("writes what prom-client's own histogram writes", async () => {
    const durations = new RequestDurations();
    const registry = registryOf(durations);
    const theirs = new Registry();
    const histogram = new Histogram({
      name: NAME,
      help: 'Seconds from the head of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status_class'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [theirs],
    });
    for (const [method, route, status, seconds] of OBSERVATIONS) {
      const status_class = `${String(status).slice(0, 1)}xx`;
      histogram.observe({ method, route, status_class }, seconds);
      durations.observe(method, route, status, seconds);
    }

    expect(await registry.metrics()).toBe(await theirs.metrics());
  });

  it('does not tell apart methods that no route has', async () => {
    const durations = new RequestDurations();
    for (const method of ['PURGE', 'MKCOL', 'PURGE']) durations.observe(method, 'none', 404, 0.1);

    const text = await registryOf(durations).metrics();

    expect(text.match(/_count.*/g)).toEqual([
      '_count{method="other",route="none",status_class="4xx"} 3',
    ]);
  });

  it('adds up over processes', async () => {
    const processes = await Promise.all(
      [1, 2].map((digit) => {
        const durations = new RequestDurations();
        durations.observe('GET', '/a', 200, digit);
        durations.observe('GET', `/only-${digit}`, 200, digit);
        return registryOf(durations).getMetricsAsJSON();
      }),
    );

    const text = await AggregatorRegistry.aggregate(processes).metrics();

    expect(text).toContain(`${NAME}_sum{method="GET",route="/a",status_class="2xx"} 3\n`);
    expect(text).toContain(`${NAME}_count{method="GET",route="/a",status_class="2xx"} 2\n`);
    expect(text).toContain(`${NAME}_bucket{le="1",method="GET",route="/a",status_class="2xx"} 1\n`);
    expect(text).toContain(`${NAME}_count{method="GET",route="/only-2",status_class="2xx"} 1\n`);
  });
});
