import { randomBytes } from 'node:crypto';
import type { ConnectionSettings } from '../../../src/database/session/connection-settings';
import { settingsOfLogin } from '../../../src/database/session/database-session';
import { maintain, publishedCluster } from './test-cluster';

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
    for (const statement of settingsOfLogin(this.name, publishedCluster().api)) {
      await maintain(statement);
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
