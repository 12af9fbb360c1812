import type { TestDatabase } from './test-database';

/** A node of a plan, as EXPLAIN shows it; the counts of blocks only where it has been run. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly Operation?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

export function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** The plan of a prepared statement, as `options` of EXPLAIN ask for it. */
export async function explain(
  database: TestDatabase,
  text: string,
  values: readonly (string | number | null)[],
  options: 'format json' | 'analyze, buffers, format json',
): Promise<readonly PlanNode[]> {
  const literals = values.map((value) => (value === null ? 'null' : `'${value}'`)).join(', ');
  await database.query(`prepare statement as ${text}`);
  const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (${options}) execute statement${literals === '' ? '' : ` (${literals})`}`,
  );
  await database.query('deallocate statement');
  if (row === undefined) throw new Error('There is no plan');
  return nodesOf(row['QUERY PLAN'][0].Plan);
}

/** What a statement has used, after it has been run. */
export function usedBy(nodes: readonly PlanNode[]): {
  readonly kinds: readonly string[];
  readonly indexes: ReadonlySet<string>;
  readonly buffers: number;
} {
  const blocks = nodes.map(
    (node) => (node['Shared Hit Blocks'] ?? NaN) + (node['Shared Read Blocks'] ?? NaN),
  );
  return {
    kinds: nodes.map((node) => node['Node Type']),
    indexes: new Set(nodes.flatMap((node) => node['Index Name'] ?? [])),
    buffers: Math.max(...blocks),
  };
}
