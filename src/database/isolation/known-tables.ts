import type { Client } from 'pg';
import { RIGHTS } from './isolation-plan';

/** The known tables, as the names in the statements of the API find them. */
export interface Relations {
  readonly names: readonly string[];
  readonly oids: readonly number[];
}

/** @returns undefined where the migrations have not run */
export async function knownTables(client: Client): Promise<Relations | undefined> {
  const names = Object.keys(RIGHTS);
  const { rows } = await client.query<{ oids: readonly (number | null)[]; ready: boolean }>(
    `select array(select to_regclass(name)::oid from unnest($1::text[]) with ordinality known (name, n)
                  order by n) as oids,
       to_regrole('task_api') is not null and to_regprocedure('enter_scope(uuid)') is not null as ready`,
    [names],
  );
  const { oids = [], ready = false } = rows[0] ?? {};
  const found = oids.filter((oid) => oid !== null);
  return ready && found.length === names.length ? { names, oids: found } : undefined;
}
