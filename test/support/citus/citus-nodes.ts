import type { Client } from 'pg';
import { newClient } from '../../../src/database/session/client';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { publishedWorkers } from '../database/test-cluster';
import type { TestDatabase } from '../database/test-database';

/** A node of the cluster, with the shards of a database that are on it. */
export interface CitusNode {
  readonly name: string;
  /** As a superuser. */
  readonly settings: ConnectionSettings;
  /** Their names, by that of their table. */
  readonly shards: Readonly<Record<string, readonly string[]>>;
}

/** The coordinator and its workers. */
export async function nodesOf(database: TestDatabase): Promise<readonly CitusNode[]> {
  const { owner } = database.endpoint;
  const rows = await database.query<{ table: string; shard: string; host: string; port: number }>(
    `select table_name::text as table, shard_name as shard, nodename as host, nodeport as port
     from citus_shards order by shard_name`,
  );
  const { database: name = '' } = owner;
  return [owner, ...publishedWorkers()].map((node, number) => {
    const shards: Record<string, string[]> = {};
    for (const { table, shard, host, port } of rows) {
      if (host === node.host && port === node.port) (shards[table] ??= []).push(shard);
    }
    const title = number === 0 ? 'the coordinator' : `worker ${number}`;
    return { name: title, settings: { ...node, database: name }, shards };
  });
}

/** A session there as the role of every request, which sees the shards beside the tables. */
export async function sessionOn({ settings }: CitusNode): Promise<Client> {
  const client = newClient({ ...settings, options: '-c role=task_api' });
  await client.connect();
  await client.query('set citus.override_table_visibility = off');
  return client;
}
