import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { DatabaseProbe } from '../database/database-probe';
import { Readiness } from '../health/readiness';
import manifest from '#package.json';
import { unlabelled, readGauge } from './pulled-metrics';

/** Also prefixes Node's metrics, to distinguish them from those of other programs. */
const PREFIX = 'task_api_';

/** Version, start time and health of this process. */
@Injectable()
export class ProcessMetrics {
  constructor(registry: Registry, readiness: Readiness, database: DatabaseProbe) {
    collectDefaultMetrics({ register: registry, prefix: PREFIX });
    readGauge(
      registry,
      {
        name: 'task_api_build_info',
        help: 'Which version runs; always 1.',
        labelNames: ['version', 'node'],
        aggregator: 'first',
      },
      () => [[{ version: manifest.version, node: process.version }, 1]],
    );
    readGauge(
      registry,
      {
        name: 'task_api_start_time_seconds',
        help: 'When this process started, or the latest of several, in seconds since 1970.',
        // prom-client omits its own when it aggregates several processes.
        aggregator: 'max',
      },
      () => unlabelled(performance.timeOrigin / 1_000),
    );
    registerHealthMetrics(registry, readiness, database);
  }
}

/** The minimum: one unhealthy process counts more than any number of healthy ones. */
const aggregator = 'min';

function registerHealthMetrics(
  registry: Registry,
  readiness: Readiness,
  database: DatabaseProbe,
): void {
  readGauge(
    registry,
    {
      name: 'task_api_ready',
      help: 'Whether /health/ready says that requests can be served: 1 or 0.',
      aggregator,
    },
    async () => unlabelled((await readiness.refusal()) === undefined ? 1 : 0),
  );
  readGauge(
    registry,
    { name: 'task_api_database_up', help: 'Whether the database answers: 1 or 0.', aggregator },
    async () => unlabelled((await database.refusal())?.fault === 'unavailable' ? 0 : 1),
  );
  readGauge(
    registry,
    {
      name: 'task_api_database_migrated',
      help: '0 while the database answers, but lacks a migration of this version; otherwise 1.',
      aggregator,
    },
    async () => unlabelled((await database.refusal())?.fault === 'behind' ? 0 : 1),
  );
}
