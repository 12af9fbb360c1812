import type { LoadResult } from './load/load-result';
import type { Machine } from './machine';
import type { RouteName } from './routes';

/** One contestant on one route in one round, every connection always waiting for an answer. */
export interface ClosedLoopSample extends LoadResult {
  readonly round: number;
  readonly contestant: string;
  readonly route: RouteName;
  /** Microseconds of processor time per request; absent for a server that was not started here. */
  readonly serverCpu?: number;
  readonly postgresCpu: number;
}

/** The same at a constant rate. */
export interface OpenLoopSample extends LoadResult {
  readonly round: number;
  readonly contestant: string;
  readonly route: RouteName;
  /** Share of what the slower of the first two contestants can do. */
  readonly share: number;
  /** Requests per second. */
  readonly rate: number;
}

/** What one process of a contestant needed. */
export interface ProcessSample {
  readonly round: number;
  readonly contestant: string;
  /** Resident memory after all routes under load, in MiB. */
  readonly residentMib: number;
  /** Processor time without any request, in milliseconds per second. */
  readonly idleCpu: number;
}

/** Everything that a comparison found, as it goes into the JSON file. */
export interface ComparisonResults {
  readonly kind: 'comparison';
  readonly command: string;
  readonly machine: Machine;
  readonly data: { readonly tasks: number; readonly users: number; readonly distribution: string };
  readonly connections: number;
  readonly seconds: number;
  readonly contestants: readonly {
    readonly name: string;
    readonly about: string;
    /** Connections of its pool to PostgreSQL. */
    readonly pool?: number;
  }[];
  readonly routes: readonly RouteName[];
  readonly closedLoop: readonly ClosedLoopSample[];
  readonly openLoop: readonly OpenLoopSample[];
  readonly processes: readonly ProcessSample[];
}

/** One operation on one table size. */
export interface GrowthSample {
  readonly series: GrowthSeries;
  /** The number that grows. */
  readonly size: number;
  readonly operation: GrowthOperation;
  readonly round: number;
  /** Median time from request to answer on a single connection, in milliseconds. */
  readonly p50: number;
  /** Microseconds of processor time per request. */
  readonly postgresCpu: number;
}

/** What grows: the tasks of all users together, or those of each user within as many in all. */
export type GrowthSeries = 'total' | 'per-user';
/** A long list is the first page of the user with 10,100 tasks, a deep page one behind 10,000. */
export const GROWTH_OPERATIONS = [
  'get',
  'first page',
  'long list',
  'deep page',
  'create',
  'toggle',
  'delete',
] as const;
export type GrowthOperation = (typeof GROWTH_OPERATIONS)[number];

/** GET beside nothing, and beside one search per second over 10^5 tasks. */
export interface SearchSample {
  readonly round: number;
  readonly besideSearch: boolean;
  readonly p50: number;
  readonly p99: number;
}

export interface GrowthResults {
  readonly kind: 'growth';
  readonly command: string;
  readonly machine: Machine;
  readonly samples: readonly GrowthSample[];
  readonly search: readonly SearchSample[];
}

export type Results = ComparisonResults | GrowthResults;
