import { Histogram, type Registry } from 'prom-client';
import type { Server } from 'node:http';
import { onAnswered } from '../http/adapter/response-events';
import { elapsedMs, routeTemplate } from '../http/adapter/access-log';

const STREAMING = 200;

/** Node parses thirty methods; those that no route has share one label. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** Measures every request that this server answers, but for streams. */
export function measureRequests(server: Server, registry: Registry): void {
  const durations = new Histogram({
    name: 'task_api_http_request_duration_seconds',
    help: 'Seconds from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status_class'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const stop = onAnswered(server, (request, response) => {
    // Node refuses an unknown expectation itself, before there is a request.
    if ((request.receivedAt as number | undefined) === undefined) return;
    const { method, isStream } = request;
    if (isStream && response.statusCode === STREAMING) return;
    const labels = {
      method: METHODS.has(method) ? method : 'other',
      route: routeTemplate(request),
      status_class: `${Math.floor(response.statusCode / 100)}xx`,
    };
    durations.observe(labels, elapsedMs(request) / 1_000);
  });
  server.once('close', stop);
}
