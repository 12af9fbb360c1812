import type { Client } from 'pg';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';
import { RIGHTS } from './isolation-plan';

/** The known tables, in the schema of the API. */
export interface Relations {
  readonly schema: string;
  readonly names: readonly string[];
  readonly oids: readonly number[];
  /** The function `enter_scope`. */
  readonly enter: number;
}

/** @returns undefined where the migrations have not run */
export async function knownTables(
  client: Client,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<Relations | undefined> {
  const names = Object.keys(RIGHTS);
  // Not by regclass: a login that may not use the schema has to learn why, and what to run.
  const { rows } = await client.query<{ oids: readonly (number | null)[]; enter: number | null }>(
    `with home as (
       select oid from pg_namespace where nspname = $2
     )
     select
       array(select relation.oid
             from unnest($1::text[]) with ordinality known (name, n)
               left join pg_class relation
                 on relname = name and relnamespace = (select oid from home)
             order by n) as oids,
       (select pg_proc.oid from pg_proc
        where proname = 'enter_scope' and proargtypes = array['uuid'::regtype]::oidvector
          and pronamespace = (select oid from home) and to_regrole('task_api') is not null) as enter`,
    [names, schema],
  );
  const { oids = [], enter = null } = rows[0] ?? {};
  const found = oids.filter((oid) => oid !== null);
  return enter !== null && found.length === names.length
    ? { schema, names, oids: found, enter }
    : undefined;
}
