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
    for (const table of ['users', 'tasks', 'task_api_migrations']) {
      await database.query(`alter table ${table} owner to ${login.name}`);
    }
    await database.query(`alter function enter_scope(uuid) owner to ${login.name}`);
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
