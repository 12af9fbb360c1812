import { expect } from '@jest/globals';
import type { TestDatabase } from './test-database';

/** A node of a plan, as EXPLAIN shows it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly Operation?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** For each table: what every access to it must ask for. */
export const OWNER_CONDITION: Readonly<Record<string, string>> = {
  tasks: '(user_id = $1)',
  trash: '(user_id = $1)',
  feeds: '(user_id = $1)',
  replies: '(user_id = $1)',
  users: '(id = $1)',
};
const OWNER_VALUE =
  /insert into ("?(?:tasks|trash|feeds|replies)"?(?: as \w+)? ?\("?user_id"?|"?users"? ?\("?id"?), [^)]*\)\s+(values \(\$1[,)]|select \$1::uuid,)/i;

/** What every row has to meet: conditions that are joined by AND, at no depth inside an OR. */
function necessaryConditions(access: PlanNode): readonly string[] {
  const texts = Object.entries(access).flatMap(([name, value]) =>
    / Cond$|^Filter$/.test(name) ? [String(value)] : [],
  );
  return texts.flatMap((text) => [text, ...conjuncts(text.slice(1, -1))]);
}

function conjuncts(condition: string): readonly string[] {
  let depth = 0;
  let isAlternative = false;
  const parts = [''];
  for (const word of condition.split(/( AND | OR |[()])/)) {
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    if (word === ' OR ' && depth === 0) isAlternative = true;
    if (word === ' AND ' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${word}`);
  }
  return isAlternative ? [] : parts;
}

export function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** Reads the owner's rows alone, or puts only such rows in. @param text of the statement */
export function expectOwnedAccess(access: PlanNode, text: string): void {
  const { 'Node Type': type, Operation: operation, 'Relation Name': table = '' } = access;
  if (operation === 'Insert') expect(text).toMatch(OWNER_VALUE);
  else if (type !== 'ModifyTable')
    expect(necessaryConditions(access)).toContain(OWNER_CONDITION[table]);
}

/** Every access of a statement to a table, and every row that is put into one, is the owner's: `$1`. */
export async function expectOwnedStatement(database: TestDatabase, text: string): Promise<void> {
  const accesses = nodesOf(await planOf(database, text)).filter(
    (node) => node['Relation Name'] !== undefined,
  );
  expect(accesses).not.toEqual([]);
  for (const access of accesses) expectOwnedAccess(access, text);
}

/** The plan for whatever the parameters are; what row-level security adds is not in it. */
async function planOf(database: TestDatabase, text: string): Promise<PlanNode> {
  const parameters = new Set(text.match(/\$\d+(?=\D|$)/g)).size;
  await database.query(`prepare statement as ${text}`);
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (format json) execute statement (${nulls})`,
  );
  await database.query('deallocate statement');
  if (row === undefined) throw new Error('There is no plan');
  return row['QUERY PLAN'][0].Plan;
}
