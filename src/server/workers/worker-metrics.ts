import { AggregatorRegistry, type Registry } from 'prom-client';

/** What one process has counted, as `getMetricsAsJSON` of prom-client tells it. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of a worker, as its primary knows them. */
export interface CountingWorker {
  /** The latest that it told. */
  readonly snapshot: Snapshot;
  /** Asks for a newer snapshot; fulfils also if none comes. */
  refresh(): Promise<void>;
}

/** Of prom-client, whose types have numbers for these. */
const WHAT_GROWS: readonly unknown[] = ['counter', 'histogram', 'summary'];

/**
 * Adds up workers. What one that ended had told stays counted: a sum that fell would look to
 * Prometheus like a restart, and it would count all that remains a second time. Lost is only what
 * the worker counted after its last scrape. (The aggregate that prom-client offers for node:cluster
 * forgets who ended, and fails as a whole while one worker does not answer.)
 */
export class WorkerMetrics {
  readonly #counting = new Set<CountingWorker>();
  #ofEnded: Promise<Snapshot> = Promise.resolve([]);

  begin(worker: CountingWorker): void {
    this.#counting.add(worker);
  }

  end(worker: CountingWorker): void {
    if (!this.#counting.delete(worker)) return;
    const grown = worker.snapshot.filter(({ type }) => WHAT_GROWS.includes(type));
    this.#ofEnded = this.#ofEnded.then((before) =>
      AggregatorRegistry.aggregate([before, grown]).getMetricsAsJSON(),
    );
  }

  async read(): Promise<Registry> {
    await Promise.all(Array.from(this.#counting, (worker) => worker.refresh()));
    // Both as they are now, so that no worker is in both or in neither.
    const living = Array.from(this.#counting, ({ snapshot }) => snapshot);
    const ofEnded = this.#ofEnded;
    return AggregatorRegistry.aggregate([...living, await ofEnded]);
  }
}
