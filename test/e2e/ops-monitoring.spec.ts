import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { AggregatorRegistry, Registry } from 'prom-client';
import { type Sample, samplesIn } from '../support/http/exposition';
import { type Selection, selectionsIn } from '../support/http/promql';
import { TestApplication } from '../support/app/test-application';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

const read = (...path: readonly string[]): string =>
  readFileSync(join(__dirname, '..', '..', ...path), 'utf8');

const alerts = load(read('ops', 'prometheus-alerts.yaml')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('ops', 'grafana-dashboard.json')) as {
  readonly panels: readonly Panel[];
};
const targets = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, refId }) => [`${title} ${refId}`, expr] as const),
);

/** Grafana's variables, as it fills them in. */
const filledIn = (expression: string): string =>
  expression.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll('$instance', '.*');

/** Given by Prometheus, not by what it scrapes. */
const LABELS_OF_TARGETS = ['instance', 'job'];
/** Of these only those values exist that have been seen. */
const OPEN_LABELS = ['method', 'route', 'status_class'];

describe('what watches this API', () => {
  let api: TestApplication;
  let samples: readonly Sample[];
  /** As one scrape of several processes has it. */
  let namesOfSeveral: ReadonlySet<string>;

  beforeAll(async () => {
    api = await TestApplication.start({ ADMIN_PORT: '0' });
    await api.send('get', '/health/live');
    // The second scrape has what Node measures after the first.
    await api.nest.get(Registry).metrics();
    samples = samplesIn(await api.nest.get(Registry).metrics());
    const json = await api.nest.get(Registry).getMetricsAsJSON();
    const several = AggregatorRegistry.aggregate([json, json]);
    namesOfSeveral = new Set(samplesIn(await several.metrics()).map(({ name }) => name));
  });
  afterAll(() => api.stop());

  const exists = ({ metric, matchers }: Selection): boolean =>
    matchers.every(([label, value]) =>
      samples.some(
        ({ name, labels }) =>
          name === metric &&
          (LABELS_OF_TARGETS.includes(label) ||
            (Object.hasOwn(labels, label) &&
              (value === undefined || OPEN_LABELS.includes(label) || labels[label] === value))),
      ),
    ) && samples.some(({ name }) => name === metric);

  it.each([
    ...rules.map(({ alert, expr }) => [`the alert ${alert}`, expr] as const),
    ...targets.map(([name, expr]) => [`the panel ${name}`, filledIn(expr)] as const),
  ])('asks for what there is: %s', (_name, expression) => {
    const selections = selectionsIn(expression);

    expect(selections).not.toEqual([]);
    expect(selections.filter((selection) => !exists(selection))).toEqual([]);
    expect(selections.filter(({ metric }) => !namesOfSeveral.has(metric))).toEqual([]);
  });

  it('would notice what there is not', () => {
    const missing = (expression: string): number =>
      selectionsIn(expression).filter((selection) => !exists(selection)).length;

    expect(missing('task_api_redy == 0')).toBe(1);
    expect(missing('rate(task_api_problems_total{kode="busy"}[5m])')).toBe(1);
    expect(missing('rate(task_api_problems_total{code="bussy"}[5m])')).toBe(1);
    expect(() => selectionsIn('rate(task_api_ready[5m)')).toThrow('Not PromQL');
  });

  it('has alerts that say how grave they are, and what to do', () => {
    const manual = read('docs', 'operations.md');

    for (const { alert, labels, annotations } of rules) {
      expect(labels['severity']).toMatch(/^(page|ticket)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
      expect(manual).toContain(`\`${alert}\``);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('has panels with an id and a place each', () => {
    const { panels } = dashboard;

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(
      panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0),
    ).toEqual([]);
  });
});
