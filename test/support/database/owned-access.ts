import { expect } from '@jest/globals';
import { explain, type PlanNode } from './plans';
import type { TestDatabase } from './test-database';

/** For each table: what every access to it must ask for. */
export const OWNER_CONDITION: Readonly<Record<string, string>> = {
  tasks: '(user_id = $1)',
  trash: '(user_id = $1)',
  feeds: '(user_id = $1)',
  replies: '(user_id = $1)',
  users: '(id = $1)',
};
/** `$1`, or the owner of a row that the statement reads: that is the owner's, too. */
const OWNER_VALUE =
  /insert into ("?(?:tasks|trash|feeds|replies)"?(?: as "?\w+"?)? ?\("?user_id"?|"?users"? ?\("?id"?), [^)]*\)\s+(values \(\$1[,)]|select (?:\$1::uuid|\w+\.user_id),)/i;

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

/** Reads the owner's rows alone, or puts only such rows in. @param text of the statement */
export function expectOwnedAccess(access: PlanNode, text: string): void {
  const { 'Node Type': type, Operation: operation, 'Relation Name': table = '' } = access;
  if (operation === 'Insert') expect(text).toMatch(OWNER_VALUE);
  else if (type !== 'ModifyTable')
    expect(necessaryConditions(access)).toContain(OWNER_CONDITION[table]);
}

/** Every access of a statement to a table, and every row that is put into one, is the owner's: `$1`. */
export async function expectOwnedStatement(database: TestDatabase, text: string): Promise<void> {
  const nodes = await planOf(database, text);
  const accesses = nodes.filter((node) => node['Relation Name'] !== undefined);
  expect(accesses).not.toEqual([]);
  for (const access of accesses) expectOwnedAccess(access, text);
}

/** The plan for whatever the parameters are; what row-level security adds is not in it. */
function planOf(database: TestDatabase, text: string): Promise<readonly PlanNode[]> {
  const parameters = new Set(text.match(/\$\d+(?=\D|$)/g)).size;
  const nulls = Array.from({ length: parameters }, () => null);
  return explain(database, text, nulls, 'format json');
}
