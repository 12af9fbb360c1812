/** What Citus 13 makes of SQL on distributed tables, without a cluster: each law was a failure on one. */
interface CitusLaw {
  /** Completes "Citus refuses …". */
  readonly refuses: string;
  readonly isBrokenBy: (sql: string) => boolean;
}

/** Of SQL: lower case, no comments, no quotes around names, texts empty, one blank between words. */
function plain(sql: string): string {
  return sql
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll('"', '')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
}

/** From a place to the end of what it is in: a closing parenthesis, or the word that ends it. */
function clauseAt(sql: string, start: number, ends = /^ (?:returning|on conflict)\b/): string {
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    if (sql[at] === '(') depth += 1;
    if (sql[at] === ')') depth -= 1;
    if (depth < 0 || (depth === 0 && ends.test(sql.slice(at, at + 20)))) {
      return sql.slice(start, at);
    }
  }
  return sql.slice(start);
}

function clausesAfter(sql: string, beginning: RegExp, ends?: RegExp): readonly string[] {
  return [...sql.matchAll(beginning)].map((match) =>
    clauseAt(sql, match.index + match[0].length, ends),
  );
}

/** What updates and deletions compute and compare; of inserts, what they update instead. */
const writes = (sql: string): readonly string[] => [
  ...clausesAfter(sql, /\bupdate (?:(?!set\b)\w+ (?:as )?)*set\b/g),
  ...clausesAfter(sql, /\bdelete from\b/g),
];
const returned = (sql: string): readonly string[] => clausesAfter(sql, /\breturning\b/g, /^;/);

const STABLE_CALL =
  /\b(?:now|current_setting|to_char|to_date|to_timestamp|to_jsonb?|row_to_json|jsonb?_build_\w+|date_trunc|date_part|extract|age|format|concat(?:_ws)?|(?:clock|statement)_timestamp)\(/;
const STABLE_VALUE = /\bcurrent_(?:date|timestamp)\b|::date\b|[+-] interval\b/;
/** Of times with a zone, which take part in the clock of the session. */
const COLUMN_OF_TIME = String.raw`\b\w*(?:_at|_until)`;

/** The arguments of each call that matches. */
function argumentsOf(clause: string, call: RegExp): readonly string[] {
  return clausesAfter(clause, new RegExp(call, 'g'));
}

/** A name that is no cast, function, keyword or parameter. */
const NAMES_COLUMN = /(?<![:\w.$])(?!(?:at|time|zone|from|null|true|false)\b)[a-z_]\w*(?![\w(])/;

const isStable = (text: string): boolean => STABLE_CALL.test(text) || STABLE_VALUE.test(text);

function cases(clause: string): readonly string[] {
  const found: string[] = [];
  const open: number[] = [];
  for (const { 0: word, index } of clause.matchAll(/\b(?:case|end)\b/g)) {
    if (word === 'case') open.push(index);
    else found.push(clause.slice(open.pop() ?? 0, index));
  }
  return found;
}

export const CITUS_LAWS: readonly CitusLaw[] = [
  {
    refuses: 'an expression in RETURNING, unless it is immutable: plain columns are',
    isBrokenBy: (sql) => returned(sql).some((list) => /[(|+]|::/.test(list)),
  },
  {
    refuses: 'what is not immutable inside CASE or COALESCE of an update or a deletion',
    isBrokenBy: (sql) =>
      writes(sql).some((clause) =>
        [...cases(clause), ...argumentsOf(clause, /\bcoalesce\(/)].some(isStable),
      ),
  },
  {
    refuses: 'a stable function of a column in an update',
    isBrokenBy: (sql) =>
      writes(sql).some(
        (clause) =>
          argumentsOf(clause, STABLE_CALL).some((text) => NAMES_COLUMN.test(text)) ||
          new RegExp(`${COLUMN_OF_TIME} [+-] interval\\b`).test(clause),
      ),
  },
  {
    refuses: 'INSERT … SELECT … RETURNING where the table has no other name',
    isBrokenBy: (sql) =>
      [...sql.matchAll(/\binsert into (\w+) ?(?!as\b)\(/g)].some(({ index }) => {
        const insert = clauseAt(sql, index, /^;/);
        return /^[^)]*\) ?select\b/.test(insert) && /\breturning\b/.test(insert);
      }),
  },
  {
    refuses:
      'an inner INSERT that neither returns rows nor handles conflicts (COPY under row-level security)',
    isBrokenBy: (sql) =>
      clausesAfter(sql, /\bas (?:materialized )?\((?=insert into)/g, /^;/).some(
        (insert) => !/\breturning\b|\bon conflict\b/.test(insert),
      ),
  },
  {
    refuses: 'an outer join of users, which every node has, beside a write',
    isBrokenBy: (sql) =>
      /\b(?:insert into|update \w+ set|delete from)\b/.test(sql) &&
      /\busers(?: \w+)? left join\b|\bleft join users\b/.test(sql),
  },
];

/** In a migration; a shard would lack it, or have another. */
export const CITUS_LAWS_OF_SCHEMA: readonly CitusLaw[] = [
  {
    refuses: 'a sub-select in a policy',
    isBrokenBy: (sql) => /\bcreate policy\b/.test(sql) && /\bselect\b/.test(sql),
  },
  {
    refuses: 'a restrictive policy: on the shards it is permissive',
    isBrokenBy: (sql) => /\bcreate policy\b.+\bas restrictive\b/.test(sql),
  },
  { refuses: 'a trigger', isBrokenBy: (sql) => /\bcreate (?:constraint )?trigger\b/.test(sql) },
  {
    refuses: 'a key of rows of users that does not begin with the user',
    isBrokenBy: (sql) =>
      /\buser_id uuid\b/.test(sql) && /\b(?:primary key|unique) \((?!user_id\b)/.test(sql),
  },
];

/** What Citus refuses of a statement, or of a migration's. */
export function refusedByCitus(sql: string, laws = CITUS_LAWS): readonly string[] {
  const text = plain(sql);
  return laws.filter(({ isBrokenBy }) => isBrokenBy(text)).map(({ refuses }) => refuses);
}
