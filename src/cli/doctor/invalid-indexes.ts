import type { Client } from 'pg';
import { RIGHTS } from '../../database/isolation/isolation-plan';
import { DEFAULT_SCHEMA, type NamesSchema } from '../../database/session/search-path';

/** What an interrupted REINDEX CONCURRENTLY leaves beside the index that it was to replace. */
const LEFTOVER = /_cc(new|old)\d*"?$/;

/**
 * SQL that mends the indexes which no search uses and every write keeps up. A migration builds its own
 * ones again; these were left by an operator. An index that is being built right now looks the same,
 * so nothing is done by itself.
 */
export async function invalidIndexes(
  session: Client,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<readonly string[]> {
  const { rows } = await session.query<{ name: string }>(
    `select format('%I.%I', $1::text, found.relname) as name
     from pg_index
       join pg_class found on found.oid = indexrelid
       join pg_class indexed on indexed.oid = indrelid
     where not indisvalid and indexed.relnamespace = to_regnamespace(quote_ident($1))
       and indexed.relname = any ($2)
     order by 1`,
    [schema, Object.keys(RIGHTS)],
  );
  return rows.map(
    ({ name }) => `${LEFTOVER.test(name) ? 'drop' : 'reindex'} index concurrently ${name};`,
  );
}
