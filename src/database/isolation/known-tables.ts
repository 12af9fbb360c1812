import type { Client } from 'pg';
import { DEFAULT_SCHEMA, type NamesSchema } from '../session/search-path';
import { FUNCTIONS, type FunctionName, RIGHTS } from './isolation-plan';

/** The known tables, in the schema of the API. */
export interface Relations {
  readonly schema: string;
  readonly names: readonly string[];
  readonly oids: readonly number[];
  readonly functions: Readonly<Record<FunctionName, number>>;
}

interface Found {
  readonly oids: readonly (number | null)[];
  readonly functions: Readonly<Partial<Record<FunctionName, number>>>;
}

const typesOfFunctions = Object.values(FUNCTIONS).map(({ types }) => types);

/** @returns undefined where the migrations have not run */
export async function knownTables(
  client: Client,
  { schema = DEFAULT_SCHEMA }: NamesSchema,
): Promise<Relations | undefined> {
  const names = Object.keys(RIGHTS);
  // Not by regclass: a login that may not use the schema needs the reason, and the SQL to run.
  const { rows } = await client.query<Found>(
    `with home as (
       select oid from pg_namespace where nspname = $2
     )
     select
       array(select relation.oid
             from unnest($1::text[]) with ordinality known (name, n)
               left join pg_class relation
                 on relname = name and relnamespace = (select oid from home)
             order by n) as oids,
       (select coalesce(json_object_agg(name, pg_proc.oid), '{}')
        from unnest($3::text[], $4::text[]) known (name, types)
          join pg_proc on proname = name and oidvectortypes(proargtypes) = types
        where pronamespace = (select oid from home) and to_regrole('task_api') is not null) as functions`,
    [names, schema, Object.keys(FUNCTIONS), typesOfFunctions],
  );
  const { oids = [], functions = {} } = rows[0] ?? {};
  const found = oids.filter((oid) => oid !== null);
  return hasAll(functions) && found.length === names.length
    ? { schema, names, oids: found, functions }
    : undefined;
}

function hasAll(functions: Found['functions']): functions is Relations['functions'] {
  return Object.keys(FUNCTIONS).every((name) => name in functions);
}
