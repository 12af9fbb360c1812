import { AggregatorRegistry, type Registry } from 'prom-client';

/** The metrics of one process, as `getMetricsAsJSON` of prom-client returns them. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The metrics of a worker, as its primary knows them. */
export interface CountingWorker {
  /** The latest that it sent. */
  readonly snapshot: Snapshot;
  /** Asks for a newer snapshot; fulfils also if none comes. */
  refresh(): Promise<void>;
}

/** Of prom-client, whose types have numbers for these. */
const WHAT_GROWS: readonly unknown[] = ['counter', 'histogram', 'summary'];

/**
 * Adds up workers. Counters of exited workers are kept: a falling sum would look to Prometheus like
 * a restart, and it would count the rest a second time. Only what a worker counted after its last
 * scrape is lost. (The aggregate that prom-client has for node:cluster drops exited workers, and
 * fails as a whole while one worker does not answer.)
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
    // Read at one moment, so that no worker is in both or in neither.
    const living = Array.from(this.#counting, ({ snapshot }) => snapshot);
    const ofEnded = this.#ofEnded;
    return AggregatorRegistry.aggregate([...living, await ofEnded]);
  }
}
