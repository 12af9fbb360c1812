import type { BenchRequest } from '../routes';

/** A closed loop: each connection sends its next request when the answer to the last is there. */
export interface ClosedLoop {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Sent in this order, again from the start when all are sent. */
  readonly requests: readonly BenchRequest[];
  readonly connections: number;
  readonly seconds: number;
  /** Each request may be sent once only. */
  readonly once: boolean;
}

/** What a load generator saw. */
export interface LoadResult {
  /** Answers, whatever their status. */
  readonly requests: number;
  readonly seconds: number;
  /** Answers other than 2xx, and requests without an answer. */
  readonly failures: number;
  /** Absent where only throughput is known. */
  readonly latency?: Latency;
}

/** The same from a generator that always measures latency. */
export type TimedLoadResult = LoadResult & { readonly latency: Latency };

/** Milliseconds from request to answer. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Thrown when requests that may be sent once only did not last for the whole time. */
export class RequestsExhaustedError extends Error {}
