import { Client } from 'pg';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { eventually } from '../app/eventually';
import type { TestDatabase } from './test-database';

/** A transaction that reads all tables and stays open, as an export or pg_dump does. */
export class LongReader {
  private constructor(
    private readonly client: Client,
    private readonly database: TestDatabase,
  ) {}

  static async on(database: TestDatabase): Promise<LongReader> {
    const settings: ConnectionSettings = database.endpoint.owner;
    const client = new Client({ ...settings, application_name: 'a long reader' });
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    await client.query('select count(*) from users, tasks');
    return new LongReader(client, database);
  }

  /** Waits until a migration has waited for this reader and given up, that often. */
  async outlasts(attempts: number): Promise<void> {
    for (let n = 0; n < attempts; n += 1) {
      await eventually(() => this.#isWaitedFor());
      await eventually(async () => !(await this.#isWaitedFor()));
    }
  }

  async end(): Promise<void> {
    await this.client.query('rollback');
    await this.client.end();
  }

  async #isWaitedFor(): Promise<boolean> {
    const waiting = await this.database.query(
      `select from pg_locks join pg_database on pg_database.oid = pg_locks.database
       where datname = current_database() and not granted and mode = 'AccessExclusiveLock'`,
    );
    return waiting.length > 0;
  }
}
