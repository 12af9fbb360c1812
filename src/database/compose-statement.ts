import type { ObjectLiteral, QueryBuilder } from 'typeorm';

/** Stands for the parameter `limit`, since TypeORM takes only a number there. No page is as long. */
export const LIMIT_PARAMETER = 987_654_321;

/**
 * The SQL text of a query, composed once, at start. TypeORM numbers parameters by their order of
 * appearance; here each `:name` gets the number of its place in `names`, and `:owner` is `$1`.
 * @throws Error where the query does not name its owner
 */
export function composeStatement<Entity extends ObjectLiteral>(
  query: QueryBuilder<Entity>,
  names: readonly string[],
): string {
  const all = ['owner', ...names, 'limit'];
  const [text, used] = query
    .setParameters(Object.fromEntries(all.map((name) => [name, name])))
    .getQueryAndParameters();
  if (!used.includes('owner')) throw new Error(`A statement does not name its owner: ${text}`);
  const numberOf = (name: string): string => `$${all.indexOf(name) + 1}`;
  return text
    .replaceAll(/\$(\d+)/g, (_, place: string) => numberOf(String(used[Number(place) - 1])))
    .replace(`LIMIT ${LIMIT_PARAMETER}`, `LIMIT ${numberOf('limit')}`);
}
