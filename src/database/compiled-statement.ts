import type { ObjectLiteral, QueryBuilder } from 'typeorm';

/**
 * A statement that is composed once, at start, and sent as a prepared one. Its first parameter is
 * always the owner: `Lanes` and `ScopedPool` fill `$1` from the scope.
 */
export interface CompiledStatement {
  readonly name: string;
  readonly text: string;
  /**
   * The fraction of a batch that it uses: at least 1/64, the default. 1 means that it is sent alone,
   * because it locks more than the row of its first value (docs/decisions/0014-batches-on-lanes.md).
   */
  readonly cost?: (values: readonly StatementValue[]) => number;
  /**
   * Whether it writes a table that each node of Citus has a copy of. Such writes wait for each
   * other, so all take the same lanes.
   */
  readonly isOnAllNodes?: boolean;
  /**
   * How many numbers of its user's feed it may use, which makes it a write of tasks: the feed is locked,
   * and CHANGE_NUMBER is the first of them (docs/decisions/0035-numbers-of-a-feed.md).
   */
  readonly numbers?: number | ((values: readonly unknown[]) => number) | undefined;
  /** The statement that runs right after it in its scope. Its rows are not read. */
  readonly followedBy?: Follower | undefined;
}

/** Citus runs two statements on one row each on one worker, but not one statement for both. */
export interface Follower {
  readonly name: string;
  readonly text: string;
  /** How many of the values it takes, behind the owner. */
  readonly takes: number;
}

/** All that a session must know to run the statements. */
export function withFollowers(
  statements: Readonly<Record<string, CompiledStatement>>,
): readonly CompiledStatement[] {
  return Object.values(statements).flatMap((statement) =>
    statement.followedBy === undefined ? [statement] : [statement, statement.followedBy],
  );
}

/**
 * The first number that `enter_change` took for the statement that follows it in its transaction: the
 * version of what the statement writes. Further ones follow without a gap. Null for a user without an
 * account, who has nothing to write; Citus computes it before it looks for a row.
 */
export const CHANGE_NUMBER = `nullif(current_setting('app.change'), '')::bigint`;

/** A number taken now: the clock, in microseconds since 1970. */
export const NUMBER_OF_NOW = `(date_part('epoch', now()) * 1000000)::bigint`;

/** Days since 1970, as replies are kept by. */
export const TODAY = `floor(date_part('epoch', now()) / 86400)::int`;

/** @returns undefined where the statement takes none */
export function numbersOf(
  { numbers }: Pick<CompiledStatement, 'numbers'>,
  values: readonly unknown[],
): number | undefined {
  return typeof numbers === 'function' ? numbers(values) : numbers;
}

/** Statements that only read: the query builder writes SELECT, we write select. */
const READ = /^select\b/i;

export function isRead({ text, numbers }: Pick<CompiledStatement, 'text' | 'numbers'>): boolean {
  return numbers === undefined && READ.test(text);
}

/** A parameter in PostgreSQL's text format. */
export type StatementValue = string | null;

/** A row in PostgreSQL's text format, in the order of the select list. */
export type Row = readonly (string | null)[];

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

/**
 * A `timestamptz(3)` as PostgreSQL writes it in our sessions, such as `2026-11-28 04:38:30.1+00`, as
 * RFC 3339 in UTC with milliseconds: the one form of times in answers.
 * @throws Error where the session has another TimeZone or DateStyle: no answer may show another time
 */
export function rfc3339(text: string): string {
  if (text.charCodeAt(10) !== SPACE || !text.endsWith('+00')) {
    throw new Error('A session writes times that are not ISO 8601 in UTC');
  }
  const fraction = text.charCodeAt(19) === POINT ? text.slice(20, -3).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

const SPACE = 0x20;
const POINT = 0x2e;
