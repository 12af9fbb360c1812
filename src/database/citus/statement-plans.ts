import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions, type Entities } from '../schema/data-source-options';
import { withClient } from '../session/client';
import { ANSWER_LIMIT_MS, DatabaseSession } from '../session/database-session';
import type { ConnectionSettings } from '../session/connection-settings';
import type { CompiledStatement } from '../compiled-statement';
import { type Finding, requireNoObstacles } from '../finding';
import { ENTER_CHANGE_SQL } from '../batch/scope-statements';

const REMEDY = 'use the release of Citus that docs/citus.md names';

/** How Citus runs a statement of one user. */
export interface StatementPlan {
  readonly statement: string;
  /** On how many shards each step runs. Several steps go through the coordinator, one after the other. */
  readonly shards: readonly number[];
}

export type Repositories = Pick<DataSource, 'getRepository'>;

/**
 * Asks the coordinator for the plan of each statement.
 * @param compose makes the statements, as TypeORM knows the entities
 * @throws DatabaseObstaclesError where Citus refuses some of them
 */
export async function plansOf(
  api: ConnectionSettings,
  entities: Entities,
  compose: (repositories: Repositories) => readonly CompiledStatement[],
): Promise<readonly StatementPlan[]> {
  const { config } = await DatabaseSession.negotiate(api);
  const source = await new DataSource(dataSourceOptions(config, 1, entities)).initialize();
  const statements = compose(source);
  await source.destroy();
  return withClient({ ...config, query_timeout: ANSWER_LIMIT_MS }, async (client) => {
    const plans: StatementPlan[] = [];
    const refusals: Finding[] = [];
    // What all nodes have a copy of has no shard of a user.
    for (const { name, text, isOnAllNodes = false } of statements) {
      if (isOnAllNodes) continue;
      try {
        plans.push({ statement: name, shards: await shardsOf(client, text) });
      } catch (error) {
        const { message } = error as Error;
        refusals.push({
          what: `Citus refuses the statement ${name}: ${message}`,
          remedies: [REMEDY],
        });
      }
    }
    requireNoObstacles(refusals);
    return plans;
  });
}

/** Explains it under the scope of a user who is not there. */
async function shardsOf(client: Client, text: string): Promise<readonly number[]> {
  const user = randomUUID();
  await client.query('begin');
  try {
    await client.query(ENTER_CHANGE_SQL, [user, 1]);
    const sql = withSamples(text, await parameterTypes(client, text), user);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`);
    const counts = rows.flatMap((row) => /Task Count: (\d+)/.exec(row['QUERY PLAN'])?.[1] ?? []);
    return counts.map(Number);
  } finally {
    await client.query('rollback');
  }
}

async function parameterTypes(client: Client, text: string): Promise<readonly string[]> {
  await client.query(`prepare explained as ${text}`);
  const { rows } = await client.query<{ types: string[] }>(
    `select parameter_types::text[] as types from pg_prepared_statements where name = 'explained'`,
  );
  await client.query('deallocate explained');
  return rows[0]?.types ?? [];
}

/** Values in the place of the parameters, of which Citus does not plan all: no two ids are the same. */
function withSamples(text: string, types: readonly string[], user: string): string {
  return text.replaceAll(/\$(\d+)/g, (_, place: string) =>
    place === '1' ? `'${user}'::uuid` : sampleOf(types[Number(place) - 1] ?? 'text'),
  );
}

const SAMPLES: Readonly<Record<string, string>> = {
  bigint: '1',
  boolean: 'false',
  integer: '1',
  jsonb: '{}',
  smallint: '1',
  'timestamp with time zone': '2026-11-28T00:00:00Z',
};

/** Of a type that has no value that fits everywhere, null. */
function sampleOf(type: string): string {
  if (type.endsWith('[]')) return `array[${sampleOf(type.slice(0, -2))}]::${type}`;
  const sample = type === 'uuid' ? randomUUID() : SAMPLES[type];
  return sample === undefined ? `null::${type}` : `'${sample}'::${type}`;
}
