import { beforeEach, describe, expect, it } from '@jest/globals';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  type CountingWorker,
  type Snapshot,
  WorkerMetrics,
} from '../../../../src/server/workers/worker-metrics';
import { valueOf } from '../../../support/http/exposition';

/** Counts as a worker does, in this process. */
class Worker implements CountingWorker {
  snapshot: Snapshot = [];
  readonly #registry = new Registry();
  readonly #asked = new Counter({ ...named('asked_total'), registers: [this.#registry] });
  readonly #took = new Histogram({ ...named('took'), registers: [this.#registry] });
  readonly #open = new Gauge({ ...named('open'), registers: [this.#registry] });

  async refresh(): Promise<void> {
    this.snapshot = await this.#registry.getMetricsAsJSON();
  }

  ask(): void {
    this.#asked.inc();
    this.#took.observe(1);
    this.#open.set(1);
  }
}

const named = (name: string) => ({ name, help: name });

describe('the metrics of workers', () => {
  let metrics: WorkerMetrics;
  const read = async () => {
    const text = await (await metrics.read()).metrics();
    return ['asked_total', 'took_count', 'open'].map((name) => valueOf(text, name));
  };
  const aWorker = () => {
    const worker = new Worker();
    metrics.begin(worker);
    return worker;
  };

  beforeEach(() => {
    metrics = new WorkerMetrics();
  });

  it('are added up', async () => {
    const [first, second] = [aWorker(), aWorker()];
    first.ask();
    second.ask();
    second.ask();

    expect(await read()).toEqual([3, 3, 2]);
  });

  it('keep what workers that ended had counted, and forget what they held', async () => {
    const [first, second] = [aWorker(), aWorker()];
    first.ask();
    second.ask();
    await read();

    metrics.end(first);
    expect(await read()).toEqual([2, 2, 1]);

    aWorker().ask();
    metrics.end(second);
    metrics.end(second);
    expect(await read()).toEqual([3, 3, 1]);
  });

  it('count nobody twice who ends while they are read', async () => {
    const worker = aWorker();
    worker.ask();
    await read();

    const reading = read();
    metrics.end(worker);

    expect(await reading).toEqual([1, 1, 0]);
  });
});
