import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { IsolationStatus, CHECK_OUTCOMES } from '../user-scope/isolation-status';
import { Lanes } from '../database/lanes/lanes';
import type { LanesLoad } from '../database/lanes/lanes-load';
import { READ_OUTCOMES, Replicas } from '../database/replicas/replicas';
import { type PoolLoad, ScopedPool } from '../database/pool/scoped-pool';
import { unlabelled, readCounter, readGauge } from './pulled-metrics';

type NameAndHelp = readonly [name: string, help: string];

/** Lanes, pools, replicas and the isolation. */
@Injectable()
export class DatabaseMetrics {
  constructor(
    registry: Registry,
    lanes: Lanes,
    pool: ScopedPool,
    replicas: Replicas,
    isolation: IsolationStatus,
  ) {
    registerIsolationMetrics(registry, isolation);
    registerLaneMetrics(registry, lanes);
    registerReplicaMetrics(registry, replicas);
    registerPoolMetrics(registry, () => ({
      searches: pool.load,
      // Behind a pooler, where nothing may be pipelined.
      ...(lanes.poolLoad !== undefined && { lanes: lanes.poolLoad }),
    }));
  }
}

/** One process checks for all workers, so each has the same value. */
const aggregator = 'max';

function registerIsolationMetrics(registry: Registry, isolation: IsolationStatus): void {
  readGauge(
    registry,
    {
      name: 'task_api_isolation_lost',
      help: '1 while requests are refused because the database does not isolate users; otherwise 0.',
      aggregator,
    },
    () => unlabelled(isolation.verdict.lost ? 1 : 0),
  );
  readCounter(
    registry,
    {
      name: 'task_api_isolation_looks_total',
      help: 'Looks at the isolation since the start: found right, found wrong, or failed.',
      labelNames: ['outcome'],
      aggregator,
    },
    () => CHECK_OUTCOMES.map((outcome) => [{ outcome }, isolation.verdict.checks[outcome]]),
  );
}

const LANE_GAUGES: Readonly<Partial<Record<keyof LanesLoad, NameAndHelp>>> = {
  configured: ['task_api_lanes_configured', 'Lanes that there should be; 0 behind a pooler.'],
  open: ['task_api_lanes_open', 'Lanes that take work.'],
  inFlight: [
    'task_api_lane_statements_in_flight',
    'Statements sent on lanes and not answered yet.',
  ],
  most: ['task_api_lane_statements_most', 'Statements that all lanes take at a time.'],
  waiting: ['task_api_lane_requests_waiting', 'Requests that wait for a lane to come back.'],
};
const LANE_COUNTERS: Readonly<Partial<Record<keyof LanesLoad, NameAndHelp>>> = {
  waits: ['task_api_lane_waits_total', 'Requests that found no lane open, and waited.'],
  refusals: [
    'task_api_lane_refusals_total',
    'Requests refused because the lanes were full, or none came back.',
  ],
  reconnections: ['task_api_lane_reconnections_total', 'Lanes that were lost and opened again.'],
  batches: ['task_api_lane_batches_total', 'Batches sent: round trips, and commits.'],
  statements: [
    'task_api_lane_statements_total',
    'Statements in them, those that a neighbour rolled back each time again.',
  ],
};

function registerLaneMetrics(registry: Registry, lanes: Lanes): void {
  for (const [key, [name, help]] of entriesOf(LANE_GAUGES)) {
    readGauge(registry, { name, help }, () => unlabelled(lanes.load[key]));
  }
  for (const [key, [name, help]] of entriesOf(LANE_COUNTERS)) {
    readCounter(registry, { name, help }, () => unlabelled(lanes.load[key]));
  }
}

function registerReplicaMetrics(registry: Registry, replicas: Replicas): void {
  readCounter(
    registry,
    {
      name: 'task_api_replica_reads_total',
      help: 'Reads that might run on a replica: served there; or on the primary, because the replica was behind or failed, or all were aside.',
      labelNames: ['outcome'],
    },
    () => READ_OUTCOMES.map((outcome) => [{ outcome }, replicas.outcomes[outcome]]),
  );
  for (const [state, help] of [
    ['configured', 'Replicas that DATABASE_REPLICA_URLS names.'],
    ['used', 'Replicas on which reads may run; no process looks at them without reads.'],
  ] as const) {
    const name = `task_api_replicas_${state}`;
    readGauge(registry, { name, help, aggregator }, () => unlabelled(replicas.counts[state]));
  }
}

const POOL_GAUGES: Readonly<Record<keyof PoolLoad, NameAndHelp>> = {
  most: ['task_api_pool_connections_most', 'Connections that the pool may open.'],
  busy: ['task_api_pool_connections_busy', 'Connections at work.'],
  idle: ['task_api_pool_connections_idle', 'Open connections without work.'],
  waiting: ['task_api_pool_requests_waiting', 'Requests that wait for a turn at a connection.'],
};

function registerPoolMetrics(
  registry: Registry,
  loads: () => Readonly<Record<string, PoolLoad>>,
): void {
  for (const [key, [name, help]] of entriesOf(POOL_GAUGES)) {
    readGauge(registry, { name, help, labelNames: ['pool'] }, () =>
      Object.entries(loads()).map(([pool, load]) => [{ pool }, load[key]]),
    );
  }
}

/** Object.entries, with the names of the keys kept. */
function entriesOf<Key extends string, Value>(
  table: Readonly<Partial<Record<Key, Value>>>,
): readonly (readonly [Key, Value])[] {
  return Object.entries(table) as [Key, Value][];
}
