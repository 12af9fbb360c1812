import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Client, QueryResultRow } from 'pg';
import { migrate } from '../../../src/database/schema/migrate';
import type {
  ConnectionSettings,
  DatabaseEndpoint,
} from '../../../src/database/session/connection-settings';
import { openClient, withClient } from '../../../src/database/session/client';
import { Login } from '../database/login';
import {
  dropDatabase,
  endpointOf,
  maintainNodes,
  publishedCluster,
  publishedWorkers,
  TEMPLATE_DATABASE,
} from '../database/test-cluster';
import { formCluster } from './citus-template';

/** A migrated database on every node, as an operator has it before `distribute`. */
export class UndistributedCluster {
  private constructor(
    readonly name: string,
    private readonly login: Login,
  ) {}

  static async create(): Promise<UndistributedCluster> {
    const name = `${TEMPLATE_DATABASE}_${randomBytes(6).toString('hex')}`;
    await maintainNodes(`create database ${name}`);
    const cluster = new UndistributedCluster(name, await Login.create('in role task_api'));
    const { owner } = endpointOf(publishedCluster(), name);
    await formCluster(
      owner,
      publishedWorkers().map((worker) => ({ ...worker, database: name })),
    );
    await cluster.query(`alter database ${name} owner to ${cluster.login.name}`);
    await cluster.query(`revoke connect, temporary on database ${name} from public`);
    const roles = readFileSync('ops/postgres/roles-citus.sql', 'utf8');
    await cluster.query(roles.replaceAll(':"DBNAME"', name));
    await migrate(cluster.endpoint.owner);
    return cluster;
  }

  /** Its owner is no superuser: row-level security binds it. */
  get endpoint(): DatabaseEndpoint {
    const endpoint = endpointOf(publishedCluster(), this.name);
    return { ...endpoint, owner: this.login.at(endpoint.owner) };
  }

  /** Accounts with a feed and so many tasks each. */
  async fill(users: number, tasks: number): Promise<void> {
    await this.query(
      `insert into users (id, created_at) select gen_random_uuid(), now() from generate_series(1, ${users})`,
    );
    await this.query('insert into feeds (user_id, last_change, since) select id, 1, 1 from users');
    await this.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select users.id, gen_random_uuid(), 'task ' || n, false, 1, now(), now()
       from users, generate_series(1, ${tasks}) n`,
    );
  }

  /** As a superuser on the coordinator. */
  async query<Row extends QueryResultRow>(sql: string): Promise<Row[]> {
    return this.#on(-1, sql);
  }

  /** As a superuser on the first worker, where Citus lets it change shards. */
  async queryWorker<Row extends QueryResultRow>(sql: string): Promise<Row[]> {
    return this.#on(0, sql);
  }

  /** The same, for a session that lasts. */
  openWorker(): Promise<Client> {
    return openClient(this.#settingsOf(0));
  }

  #settingsOf(worker: number): ConnectionSettings {
    return { ...(publishedWorkers()[worker] ?? publishedCluster().owner), database: this.name };
  }

  async #on<Row extends QueryResultRow>(worker: number, sql: string): Promise<Row[]> {
    return withClient(this.#settingsOf(worker), async (client) => {
      if (worker >= 0) {
        await client.query(
          'set citus.enable_manual_changes_to_shards = on; set citus.enable_ddl_propagation = off',
        );
      }
      return (await client.query<Row>(sql)).rows;
    });
  }

  async drop(): Promise<void> {
    await dropDatabase(this.name);
    await this.login.drop();
  }
}
