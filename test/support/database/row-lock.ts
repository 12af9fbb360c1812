import { Client } from 'pg';
import { eventually } from '../app/eventually';
import { ALL_SESSIONS } from './all-sessions';
import type { TestDatabase } from './test-database';

/** Holds the lock of one task, as a slow transaction of somebody else would. */
export class RowLock {
  private constructor(
    private readonly client: Client,
    private readonly database: TestDatabase,
  ) {}

  static async on(database: TestDatabase, taskId: string): Promise<RowLock> {
    const client = new Client(database.endpoint.owner);
    await client.connect();
    await client.query('begin');
    const [task] = await database.query<{ user_id: string }>(
      'select user_id from tasks where id = $1',
      [taskId],
    );
    // Citus locks rows of a user who is named.
    await client.query('select from tasks where user_id = $1 and id = $2 for update', [
      task?.user_id,
      taskId,
    ]);
    return new RowLock(client, database);
  }

  /** Waits until that many sessions wait for the lock. */
  async blocks(sessions: number): Promise<void> {
    await eventually(async () => {
      const waiting = await this.database.query(
        `select from ${ALL_SESSIONS}
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length >= sessions;
    });
  }

  async release(): Promise<void> {
    await this.client.query('rollback');
    await this.client.end();
  }
}
