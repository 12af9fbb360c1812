import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { TestDatabase } from './test-database';

/** A wait for the lock of a table fails a statement after this time. Migrations wait far less. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * What servers of the first release do all the time: they read and write the columns that it had.
 * A migration may change what it likes, but these statements must go on.
 */
export class EarlierServers {
  readonly failures: unknown[] = [];
  #ended = false;
  #statements = 0;
  #longestWaitMs = 0;
  readonly #work: readonly Promise<void>[];

  private constructor(clients: readonly Client[]) {
    this.#work = clients.map((client) => this.#serve(client));
  }

  static async on({ endpoint }: TestDatabase, sessions: number): Promise<EarlierServers> {
    const options = `-c role=task_api -c lock_timeout=${LOCK_TIMEOUT_MS}`;
    const clients = Array.from(
      { length: sessions },
      () => new Client({ ...endpoint.api, options }),
    );
    await Promise.all(clients.map((client) => client.connect()));
    return new EarlierServers(clients);
  }

  get statements(): number {
    return this.#statements;
  }

  /** The longest time that a statement took, be it the fault of a migration or of a busy machine. */
  get longestWaitMs(): number {
    return this.#longestWaitMs;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#work);
  }

  async #serve(client: Client): Promise<void> {
    const user = randomUUID();
    await client.query(`select set_config('app.user_id', $1, false)`, [user]);
    while (!this.#ended) await this.#round(client, user, randomUUID());
    await client.end();
  }

  async #round(client: Client, user: string, task: string): Promise<void> {
    await this.#run(client, 'insert into users (id, created_at) values ($1, now())', [user]);
    await this.#run(
      client,
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       values ($1, $2, 'a task', false, 1, now(), now())`,
      [user, task],
    );
    await this.#run(
      client,
      `update tasks set completed = true, version = version + 1, updated_at = now()
       where user_id = $1 and id = $2`,
      [user, task],
    );
    await this.#run(
      client,
      `select id, title, description, completed, version, created_at, updated_at from tasks
       where user_id = $1 order by id limit 20`,
      [user],
    );
    await this.#run(client, 'delete from users where id = $1', [user]);
  }

  async #run(client: Client, text: string, values: readonly string[]): Promise<void> {
    this.#statements += 1;
    const began = performance.now();
    try {
      await client.query(text, [...values]);
    } catch (error) {
      this.failures.push(error);
    } finally {
      this.#longestWaitMs = Math.max(this.#longestWaitMs, performance.now() - began);
    }
  }
}
