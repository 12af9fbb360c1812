import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

export const ALERTS_FILE = 'ops/prometheus-alerts.yaml';

const { groups } = load(readFileSync(ALERTS_FILE, 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
};
export const alerts = groups.flatMap(({ rules }) => rules);

export const { panels } = JSON.parse(readFileSync('ops/grafana-dashboard.json', 'utf8')) as {
  readonly panels: readonly Panel[];
};

/** Name and expression of each target of a panel, with Grafana's variables filled in. */
export const panelExpressions = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, refId }) => [`${title} ${refId}`, filledIn(expr)] as const),
);

function filledIn(expression: string): string {
  return expression.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll('$instance', '.*');
}
