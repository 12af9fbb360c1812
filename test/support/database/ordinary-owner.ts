import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { Login } from './login';
import { TestDatabase } from './test-database';

/** A database whose tables belong to an ordinary login, whom row-level security binds too. */
export class OrdinaryOwner {
  private constructor(
    readonly database: TestDatabase,
    readonly login: Login,
  ) {}

  static async create(): Promise<OrdinaryOwner> {
    const database = await TestDatabase.create();
    const login = await Login.create('in role task_api');
    await database.query(`grant usage, create on schema public to ${login.name}`);
    for (const sql of await everythingOf(database)) {
      await database.query(`alter ${sql} owner to ${login.name}`);
    }
    return new OrdinaryOwner(database, login);
  }

  get settings(): ConnectionSettings {
    return this.login.at(this.database.endpoint.owner);
  }

  /** Accounts with this many tasks each. */
  async fill(users: number, tasks: number): Promise<void> {
    await this.database.query(
      `insert into users (id, created_at) select gen_random_uuid(), now() from generate_series(1, $1)`,
      [users],
    );
    await this.database.query(
      `insert into tasks (user_id, id, title, completed, version, created_at, updated_at)
       select users.id, gen_random_uuid(), 'task ' || n, n % 2 = 0, 1, now(), now()
       from users, generate_series(1, $1) n`,
      [tasks],
    );
  }

  async drop(): Promise<void> {
    await this.database.drop();
    await this.login.drop();
  }
}

/** The tables and functions that the migrations make, as SQL. */
async function everythingOf(database: TestDatabase): Promise<readonly string[]> {
  const objects = await database.query<{ sql: string }>(
    `select 'table ' || oid::regclass as sql from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r'
     union all
     select 'function ' || oid::regprocedure from pg_proc
     where pronamespace = 'public'::regnamespace`,
  );
  return objects.map(({ sql }) => sql);
}
