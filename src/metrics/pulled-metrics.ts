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

/** A gauge that is read from its source when Prometheus scrapes. */
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

/** The same for a value that only grows. */
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

/** The one reading of a metric without labels. */
export function unlabelled(value: number): readonly Reading[] {
  return [[{}, value]];
}
