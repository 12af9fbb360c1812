import { withClient } from '../../../src/database/session/client';
import { nodesOf } from './citus-nodes';
import { publishedWorkers } from '../database/test-cluster';
import { TestDatabase } from '../database/test-database';
import { WireProxy } from '../wire/wire-proxy';

/**
 * A database of one test file's own, whose coordinator can lose the first worker, and the API the
 * coordinator: both are reached through proxies.
 */
export class ProxiedCluster {
  private constructor(
    readonly database: TestDatabase,
    /** Between the API and the coordinator. */
    readonly coordinator: WireProxy,
    /** Between the other nodes and the first worker. */
    readonly worker: WireProxy,
  ) {}

  static async create(): Promise<ProxiedCluster> {
    const [first] = publishedWorkers();
    if (first === undefined) throw new Error('There is no worker');
    const database = await TestDatabase.create();
    const worker = await WireProxy.start(first);
    // Not by citus_update_node, which may end the coordinator by a segmentation fault.
    for (const { settings } of await nodesOf(database)) {
      await withClient(settings, (client) =>
        client.query(
          `update pg_dist_node set nodename = '127.0.0.1', nodeport = $1
           where nodename = $2 and nodeport = $3`,
          [worker.port, first.host, first.port],
        ),
      );
    }
    return new ProxiedCluster(database, await WireProxy.start(database.endpoint.api), worker);
  }

  /** Whether the tasks of a user are on the first worker. */
  async isOnFirstWorker(userId: string): Promise<boolean> {
    const [row] = await this.database.query<{ port: number }>(
      `select nodeport as port from citus_shards
       where shardid = get_shard_id_for_distribution_column('tasks', $1::uuid)`,
      [userId],
    );
    return row?.port === this.worker.port;
  }

  async close(): Promise<void> {
    await this.coordinator.stop();
    await this.database.drop();
    await this.worker.stop();
  }
}
