import { type Aggregator, Counter, Gauge, type Registry } from 'prom-client';

/** One value of a metric, such as `[{ quota: 'user' }, 3]`. */
export type Reading = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Description {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** How the values of several processes become one; their sum if absent. */
  readonly aggregator?: Aggregator;
}

/** A number that is kept where the thing happens, and read when Prometheus asks. */
export function readGauge(
  registry: Registry,
  description: Description,
  read: () => Iterable<Reading> | Promise<Iterable<Reading>>,
): void {
  new Gauge({
    ...description,
    registers: [registry],
    async collect() {
      for (const [labels, value] of await read()) this.set(labels, value);
    },
  });
}

/** The same of a number that only grows. */
export function readCounter(
  registry: Registry,
  description: Description,
  read: () => Iterable<Reading>,
): void {
  new Counter({
    ...description,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

/** The reading of a metric without labels. */
export function unlabelled(value: number): readonly Reading[] {
  return [[{}, value]];
}
