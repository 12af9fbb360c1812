import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AggregatorRegistry, Registry } from 'prom-client';
import { type Sample, samplesIn } from '../support/http/exposition';
import { alerts, panelExpressions, panels } from '../support/http/monitoring';
import { TestApplication } from '../support/app/test-application';

/** One selection of series in an expression, such as `task_api_ready{instance="a"}`. */
interface Selection {
  readonly metric: string;
  /** Label and value of each matcher that asks for equality; of the others the label alone. */
  readonly matchers: readonly (readonly [label: string, value?: string])[];
}

/** Labels that results are grouped by, and times: neither is a metric. */
const NO_METRICS = /\b(by|without|on|ignoring)\s*\([^)]*\)|\[[^\]]*\]/g;
const OPERATORS = ['and', 'or', 'unless', 'bool'];
/** A name that no function has, and its matchers. */
const SELECTION = /\b([a-z_]\w*)(?!\w|\s*\()(?:\{([^}]*)\})?/g;

/** Of an expression that is PromQL, which promtool checks. */
function selectionsIn(expression: string): readonly Selection[] {
  return [...expression.replaceAll(NO_METRICS, '').matchAll(SELECTION)]
    .filter(([name]) => !OPERATORS.includes(name))
    .map(([, metric = '', matchers = '']) => ({
      metric,
      matchers: [...matchers.matchAll(/(\w+)(=~|=|!=|!~)"([^"]*)"/g)].map(
        ([, label = '', operator, value = '']) => (operator === '=' ? [label, value] : [label]),
      ),
    }));
}

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
    ...alerts.map(({ alert, expr }) => [`the alert ${alert}`, expr] as const),
    ...panelExpressions.map(([name, expr]) => [`the panel ${name}`, expr] as const),
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
    expect(missing('sum by (code) (rate(tsak_api_ready[5m])) or task_api_ready')).toBe(1);
    expect(missing('rate(task_api_problems_total{kode="busy"}[5m])')).toBe(1);
    expect(missing('rate(task_api_problems_total{code="bussy"}[5m])')).toBe(1);
  });

  it('has alerts that say how grave they are, and what to do', () => {
    const manual = readFileSync('docs/operations.md', 'utf8');

    for (const { alert, labels, annotations } of alerts) {
      expect(labels['severity']).toMatch(/^(page|ticket)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
      expect(manual).toContain(`\`${alert}\``);
    }
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it('has panels with an id and a place each', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(
      panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0),
    ).toEqual([]);
  });
});
