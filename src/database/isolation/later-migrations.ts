import { type Client, escapeIdentifier } from 'pg';
import { HISTORY_TABLE, KNOWN_MIGRATIONS } from '../schema/migration-history';
import type { Relations } from './known-tables';

/** TypeORM ends the name of a migration with its time. */
const TIME_DIGITS = 13;

/**
 * The times of migrations that are newer than those of this program: a later release has migrated
 * the database while this one serves. What they add to a table names its migration, as in
 * `feed_1796000000000`, and so does the body of a function that they replace
 * (docs/decisions/0024-what-the-isolation-gate-refuses.md).
 */
export async function laterMigrations(
  client: Client,
  { schema, oids, names }: Relations,
): Promise<readonly string[]> {
  const history = oids[names.indexOf(HISTORY_TABLE)];
  const { rows: access } = await client.query<{ readable: boolean }>(
    `select has_table_privilege(oid, 'select') and has_schema_privilege(relnamespace, 'usage') as readable
     from pg_class where oid = $1`,
    [history],
  );
  // That it may not be read is a finding of its own.
  if (access[0]?.readable !== true) return [];
  const newest = KNOWN_MIGRATIONS.at(-1)?.slice(-TIME_DIGITS);
  const { rows } = await client.query<{ time: string }>(
    `select timestamp::text as time from ${escapeIdentifier(schema)}.${HISTORY_TABLE} where timestamp > $1`,
    [newest],
  );
  return rows.map(({ time }) => time);
}

/**
 * Whether an object names a later migration, in SQL. Nobody but the owner of the tables can make one of
 * them, or write to the history.
 * @param later the parameter that has their times
 */
export function isOfLater(name: string, later: string): string {
  return `(${name} ~ '_[0-9]{${TIME_DIGITS}}$' and right(${name}, ${TIME_DIGITS}) = any (${later}::text[]))`;
}
