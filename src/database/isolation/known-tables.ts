import type { Client } from 'pg';
import { DEFAULT_SCHEMA, type NamesSchema } from '../schema/search-path';
import { RIGHTS } from './isolation-plan';

/** The known tables, in the schema of the API. */
export interface Relations {
  readonly schema: string;
  readonly names: readonly string[];
  readonly oids: readonly number[];
}

/** @returns undefined where the migrations have not run */
export async function knownTables(
  client: Client,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<Relations | undefined> {
  const names = Object.keys(RIGHTS);
  const { rows } = await client.query<{ oids: readonly (number | null)[]; ready: boolean }>(
    `select array(select to_regclass(format('%I.%I', $2::text, name))::oid from unnest($1::text[]) with ordinality known (name, n)
                  order by n) as oids,
       to_regrole('task_api') is not null and to_regprocedure(format('%I.enter_scope(uuid)', $2::text)) is not null as ready`,
    [names, schema],
  );
  const { oids = [], ready = false } = rows[0] ?? {};
  const found = oids.filter((oid) => oid !== null);
  return ready && found.length === names.length ? { schema, names, oids: found } : undefined;
}
