import { Client } from 'pg';
import { eventually } from '../app/eventually';
import { ALL_SESSIONS } from './all-sessions';
import type { TestDatabase } from './test-database';

/** The deletion of an account, held before its commit. */
export class AccountErasure {
  private constructor(
    private readonly client: Client,
    private readonly database: TestDatabase,
  ) {}

  static async of(userId: string, database: TestDatabase): Promise<AccountErasure> {
    const client = new Client(database.endpoint.owner);
    await client.connect();
    await client.query('begin');
    await client.query('delete from users where id = $1', [userId]);
    return new AccountErasure(client, database);
  }

  /** Waits until another session waits for it. */
  async isMet(): Promise<void> {
    await eventually(async () => {
      const waiting = await this.database.query(
        `select from ${ALL_SESSIONS}
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
  }

  async commit(): Promise<void> {
    await this.client.query('commit');
    await this.client.end();
  }
}
