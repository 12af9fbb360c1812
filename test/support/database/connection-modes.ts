import { describe } from '@jest/globals';
import type { DatabaseEndpoint } from '../../../src/database/session/connection-settings';
import { Login } from './login';
import { PgBouncer } from './pg-bouncer';
import { describeWith } from '../requirements';
import { TestDatabase } from './test-database';

/** How the API reaches its database; isolation must be the same in each mode. */
export interface ConnectionMode {
  readonly name: string;
  /** Configuration of the API that belongs to it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly pooled: boolean;
}

const TRANSACTION = { DATABASE_SCOPE: 'transaction' };

export const CONNECTION_MODES: readonly ConnectionMode[] = [
  { name: 'implicit transactions', variables: {}, pooled: false },
  { name: 'explicit transactions', variables: TRANSACTION, pooled: false },
  { name: 'implicit transactions through PgBouncer', variables: {}, pooled: true },
  { name: 'explicit transactions through PgBouncer', variables: TRANSACTION, pooled: true },
  { name: 'no lanes', variables: { DATABASE_LANES: '0' }, pooled: false },
];

/** Declares the same tests for every mode; those that need a PgBouncer are skipped without one. */
export function describeOnEveryMode(subject: string, tests: (mode: ConnectionMode) => void): void {
  for (const mode of CONNECTION_MODES) {
    const title = `${subject}, with ${mode.name}`;
    const declareTests = (): void => {
      tests(mode);
    };
    if (mode.pooled) describeWith('pgBouncer', title, declareTests);
    else describe(title, declareTests);
  }
}

/** A database of one test file's own, and the endpoint at which the API finds it. */
export class ReachedDatabase {
  private constructor(
    readonly database: TestDatabase,
    readonly endpoint: DatabaseEndpoint,
    private readonly pooler: { readonly bouncer: PgBouncer; readonly login: Login } | undefined,
  ) {}

  static async reach({ pooled }: Pick<ConnectionMode, 'pooled'>): Promise<ReachedDatabase> {
    const database = await TestDatabase.create();
    if (!pooled) return new ReachedDatabase(database, database.endpoint, undefined);
    // PgBouncer refuses startup options, so the login brings the settings along.
    const login = await Login.create('in role task_api');
    await login.configure();
    const bouncer = await PgBouncer.start(login.at(database.endpoint.api));
    const endpoint = { ...database.endpoint, api: bouncer.settings };
    return new ReachedDatabase(database, endpoint, { bouncer, login });
  }

  async close(): Promise<void> {
    await this.pooler?.bouncer.stop();
    await this.database.drop();
    await this.pooler?.login.drop();
  }
}
