import { readFileSync } from 'node:fs';
import { type Client, escapeIdentifier } from 'pg';
import { distribute } from '../src/database/citus/distribute';
import { migrate } from '../src/database/schema/migrate';
import { withClient } from '../src/database/session/client';
import {
  type ConnectionSettings,
  connectionSettings,
  type DatabaseEndpoint,
} from '../src/database/session/connection-settings';
import { formCluster, workersOf } from '../test/support/citus/citus-template';
import { WorkingCopy } from './bench-database';
import type { Dataset } from './dataset';

/** On one PostgreSQL: the coordinator, as any other database there. */
const PLAIN = 'task_api_bench_plain';
const DISTRIBUTED = 'task_api_bench_citus';
/** Behind PgBouncer nobody may be a superuser. The cluster asks for no password, and PgBouncer does. */
const LOGIN = { user: 'task_api_bench', password: 'unused' };
const SHARDS = 32;

/** The same data twice on the cluster that CITUS_URL names: in one PostgreSQL, and distributed. */
export class CitusDatabases {
  private constructor(
    private readonly coordinator: ConnectionSettings,
    private readonly workers: readonly ConnectionSettings[],
    readonly version: string,
    /** Of all nodes; the cluster runs on this machine. */
    readonly pids: readonly number[],
  ) {}

  /** @throws Error where there is no such cluster, or no superuser of it */
  static async connect(url: string): Promise<CitusDatabases> {
    const coordinator = connectionSettings(url);
    const workers = await workersOf(coordinator);
    const facts = await Promise.all([coordinator, ...workers].map(factsOf));
    return new CitusDatabases(
      coordinator,
      workers,
      facts[0]?.version ?? '',
      facts.map(({ pid }) => pid),
    );
  }

  async seed(dataset: Dataset): Promise<void> {
    await this.drop();
    await this.#onNodes((client) => client.query(`create database ${DISTRIBUTED}`));
    await withClient(this.coordinator, (client) => client.query(`create database ${PLAIN}`));
    const at = (node: ConnectionSettings) => ({ ...node, database: DISTRIBUTED });
    await formCluster(at(this.coordinator), this.workers.map(at));
    for (const name of [DISTRIBUTED, PLAIN]) {
      const { owner } = this.#endpoint(name);
      await migrate(owner);
      await withClient(owner, (client) => dataset.fill(client));
    }
    const endpoint = this.#endpoint(DISTRIBUTED);
    await withClient(endpoint.owner, (client) =>
      client.query(`create role ${LOGIN.user} login password '${LOGIN.password}' in role task_api`),
    );
    const roles = readFileSync('ops/postgres/roles-citus.sql', 'utf8');
    await withClient(endpoint.owner, (client) =>
      client.query(roles.replaceAll(':"DBNAME"', escapeIdentifier(DISTRIBUTED))),
    );
    await distribute(endpoint, { shards: SHARDS });
    for (const name of [DISTRIBUTED, PLAIN]) {
      await withClient(this.#endpoint(name).owner, (client) => client.query('vacuum analyze'));
    }
  }

  open(isDistributed: boolean): Promise<WorkingCopy> {
    return WorkingCopy.open(this.#endpoint(isDistributed ? DISTRIBUTED : PLAIN));
  }

  async drop(): Promise<void> {
    await this.#onNodes(async (client) => {
      for (const name of [DISTRIBUTED, PLAIN]) {
        await client.query(`drop database if exists ${name} with (force)`);
      }
    });
    await this.#onNodes((client) => client.query(`drop role if exists ${LOGIN.user}`));
  }

  #endpoint(database: string): DatabaseEndpoint {
    const settings = { ...this.coordinator, database };
    return { api: { ...settings, ...LOGIN }, owner: settings, description: database };
  }

  async #onNodes(work: (client: Client) => Promise<unknown>): Promise<void> {
    for (const node of [this.coordinator, ...this.workers]) await withClient(node, work);
  }
}

async function factsOf(node: ConnectionSettings): Promise<{ version: string; pid: number }> {
  return withClient(node, async (client) => {
    const { rows } = await client.query<{ version: string; pid: number }>(
      `select current_setting('server_version') || ', Citus ' || extversion as version,
         split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid
       from pg_extension where extname = 'citus'`,
    );
    if (rows[0] === undefined) throw new Error('The database of CITUS_URL has no Citus');
    return rows[0];
  });
}
