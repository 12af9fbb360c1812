import type { Machine } from '../machine';
import type { Estimate } from '../statistics';

/** What stands for a figure that there is not. */
export const ABSENT = '–';

export function times({ value }: Pick<Estimate, 'value'>): string {
  return `${value.toFixed(2)} ×`;
}

export function interval({ low, high }: Estimate): string {
  return `${low.toFixed(2)}–${high.toFixed(2)}`;
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function machineLines({
  processors,
  memoryGib,
  system,
  commit,
  node,
  postgres,
  ...others
}: Machine): string[] {
  const { generator, pgbench, packages, loadBefore } = others;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `${processors}, ${memoryGib} GiB, ${system}, load ${loadBefore.toFixed(1)} before the start, commit ${commit}`,
    `Node ${node}, PostgreSQL ${postgres}, ${generator}${pgbench === null ? '' : `, ${pgbench}`}`,
    versions.join(', '),
  ];
}
