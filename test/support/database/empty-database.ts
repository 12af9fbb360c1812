import { randomUUID } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { endpointOf, maintain, publishedCluster } from './test-cluster';

/** A database of one test's own, as an administrator makes it: no migration has run. */
export class EmptyDatabase {
  readonly #owner: Client;

  private constructor(
    readonly name: string,
    readonly endpoint: DatabaseEndpoint,
  ) {
    this.#owner = new Client(endpoint.owner);
  }

  /** `options` as in CREATE DATABASE, such as `encoding 'LATIN1'`. */
  static async create(options = ''): Promise<EmptyDatabase> {
    const name = `t_${randomUUID().replaceAll('-', '')}`;
    await maintain(`create database ${name} template template0 ${options}`);
    const database = new EmptyDatabase(name, endpointOf(publishedCluster(), name));
    await database.#owner.connect();
    return database;
  }

  async query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#owner.query<Row>(text, values);
    return rows;
  }

  async drop(): Promise<void> {
    await this.#owner.end();
    await maintain(`drop database ${this.name} with (force)`);
  }
}
