import { randomBytes } from 'node:crypto';
import type { ConnectionSettings } from '../../src/database/connection-settings';
import { maintain } from './test-cluster';

/** A role of one test's own with which one can log in. Roles belong to the whole cluster. */
export class Login {
  private constructor(
    readonly name: string,
    private readonly password: string,
  ) {}

  /** `attributes` as in CREATE ROLE, such as `bypassrls` or `in role task_api`. */
  static async create(attributes = ''): Promise<Login> {
    const login = new Login(
      `login_${randomBytes(6).toString('hex')}`,
      randomBytes(12).toString('hex'),
    );
    await maintain(`create role ${login.name} login password '${login.password}' ${attributes}`);
    return login;
  }

  /** The session settings that an operator gives to a login behind a pooler. */
  async configure(): Promise<void> {
    const settings = {
      timezone: 'UTC',
      statement_timeout: '5000',
      lock_timeout: '1000',
      idle_in_transaction_session_timeout: '10000',
      jit: 'off',
      max_parallel_workers_per_gather: '0',
      client_min_messages: 'error',
    };
    for (const [name, value] of Object.entries(settings)) {
      await maintain(`alter role ${this.name} set ${name} = '${value}'`);
    }
  }

  at(settings: ConnectionSettings): ConnectionSettings {
    return { ...settings, user: this.name, password: this.password };
  }

  /** Not before the databases where it owns anything or has rights are gone. */
  drop(): Promise<void> {
    return maintain(`drop role ${this.name}`);
  }
}
