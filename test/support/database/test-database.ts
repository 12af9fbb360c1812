import { randomUUID } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { urlOf } from './connection-url';
import { SCOPE_OF_RUN } from './scope-of-run';
import { createDatabase, dropDatabase, endpointOf, publishedCluster } from './test-cluster';

/** A database of one test file's own, cloned from the migrated template. */
export class TestDatabase {
  readonly #owner: Client;

  private constructor(readonly endpoint: DatabaseEndpoint) {
    this.#owner = new Client(endpoint.owner);
    // A test that has failed may leave it open until the cluster stops.
    this.#owner.on('error', () => undefined);
  }

  static async create(): Promise<TestDatabase> {
    const name = await createDatabase(randomUUID().replaceAll('-', ''));
    return TestDatabase.at(endpointOf(publishedCluster(), name));
  }

  /** One that exists, and that somebody else drops. */
  static async at(endpoint: DatabaseEndpoint): Promise<TestDatabase> {
    const database = new TestDatabase(endpoint);
    await database.#owner.connect();
    return database;
  }

  /** What a server needs to serve it. */
  get variables(): Readonly<Record<'DATABASE_URL' | 'DATABASE_OWNER_URL', string>> {
    const { api, owner } = this.endpoint;
    return { ...SCOPE_OF_RUN, DATABASE_URL: urlOf(api), DATABASE_OWNER_URL: urlOf(owner) };
  }

  /** Runs SQL as the owner of the tables, past row-level security where the owner is a superuser. */
  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#owner.query<Row>(text, values);
    return rows;
  }

  async clear(): Promise<void> {
    await this.#owner.query('delete from users');
  }

  async close(): Promise<void> {
    await this.#owner.end();
  }

  async drop(): Promise<void> {
    await this.close();
    await dropDatabase(String(this.endpoint.owner.database));
  }
}
