import { randomUUID } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import type { DatabaseEndpoint } from '../../../src/database/connection-settings';
import { endpointOf, maintain, publishedCluster, TEMPLATE_DATABASE } from './test-cluster';

/** A database of one test file's own, cloned from the migrated template. */
export class TestDatabase {
  readonly #owner: Client;

  private constructor(readonly endpoint: DatabaseEndpoint) {
    this.#owner = new Client(endpoint.owner);
  }

  static async create(): Promise<TestDatabase> {
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await maintain(`create database ${name} template ${TEMPLATE_DATABASE}`);
    const database = new TestDatabase(endpointOf(publishedCluster(), name));
    await database.#owner.connect();
    return database;
  }

  /** Runs SQL as the owner of the tables, past row-level security where the owner is a superuser. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#owner.query<Row>(text, values);
    return rows;
  }

  async clear(): Promise<void> {
    await this.#owner.query('delete from users');
  }

  async drop(): Promise<void> {
    await this.#owner.end();
    await maintain(`drop database ${String(this.endpoint.owner.database)} with (force)`);
  }
}
